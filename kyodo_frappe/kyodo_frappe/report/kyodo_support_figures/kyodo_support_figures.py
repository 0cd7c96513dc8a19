from kyodo_frappe.reports.support_centre import cases


def execute(filters: dict | None = None) -> tuple:
	found = cases(filters)
	return found["columns"], found["rows"]
