from kyodo_frappe.reports.support_centre import support_centre


def execute(filters: dict | None = None) -> tuple:
	return support_centre(filters).report()
