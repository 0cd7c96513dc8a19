from kyodo_frappe.reports.committees import committee_balance
from kyodo_frappe.reports.table import get_xlsx_styles  # noqa: F401 (v16 asks this module)


def execute(filters: dict | None = None) -> tuple:
	return committee_balance(filters).report()
