from kyodo_frappe.reports.inventory import inventory


def execute(filters: dict | None = None) -> tuple:
	found = inventory(filters)
	return found["columns"], found["rows"], None, found["chart"], found["summary"]
