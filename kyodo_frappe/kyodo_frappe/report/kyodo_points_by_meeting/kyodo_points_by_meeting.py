from kyodo_frappe.reports.points import points_by_meeting


def execute(filters: dict | None = None) -> tuple:
	return points_by_meeting(filters).report()
