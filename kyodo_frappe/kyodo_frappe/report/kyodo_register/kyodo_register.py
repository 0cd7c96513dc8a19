from kyodo_frappe.reports.register import register
from kyodo_frappe.reports.table import get_xlsx_styles  # noqa: F401 (v16 asks this module)


def execute(filters: dict | None = None) -> tuple:
	return register(filters).report()
