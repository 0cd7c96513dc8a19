from kyodo_frappe.reports.evaluations import table


def execute(filters: dict | None = None) -> tuple:
	found = table(filters)
	return found["columns"], found["rows"]
