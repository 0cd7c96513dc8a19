from kyodo_frappe.reports.settlement import settlement


def execute(filters: dict | None = None) -> tuple:
	return settlement(filters).report()
