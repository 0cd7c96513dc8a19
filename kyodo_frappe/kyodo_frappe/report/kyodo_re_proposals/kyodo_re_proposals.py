from kyodo_frappe.reports.reproposals import reproposals


def execute(filters: dict | None = None) -> tuple:
	return reproposals(filters).report()
