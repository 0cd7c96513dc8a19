from kyodo_frappe.support.figures import cases


def execute(filters: dict | None = None) -> tuple:
	found = cases(filters)
	return found["columns"], found["rows"]
