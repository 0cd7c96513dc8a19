from kyodo_frappe.reports.reproposals import reproposals
from kyodo_frappe.reports.table import get_xlsx_styles  # noqa: F401 (v16 asks this module)


def execute(filters: dict | None = None) -> tuple:
	return reproposals(filters).report()
