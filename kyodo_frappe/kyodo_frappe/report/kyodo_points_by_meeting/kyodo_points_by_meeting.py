from kyodo_frappe.reports.points import points_by_meeting
from kyodo_frappe.reports.table import get_xlsx_styles  # noqa: F401 (v16 asks this module)


def execute(filters: dict | None = None) -> tuple:
	return points_by_meeting(filters).report()
