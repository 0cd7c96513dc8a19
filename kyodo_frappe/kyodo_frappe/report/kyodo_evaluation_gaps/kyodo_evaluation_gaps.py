from kyodo_frappe.reports.evaluations import evaluation_gaps


def execute(filters: dict | None = None) -> tuple:
	return evaluation_gaps(filters).report()
