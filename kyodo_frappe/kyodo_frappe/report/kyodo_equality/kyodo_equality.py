from kyodo_frappe.evaluation.equality import equality


def execute(filters: dict | None = None) -> tuple:
	found = equality(filters)
	return found["columns"], found["rows"]
