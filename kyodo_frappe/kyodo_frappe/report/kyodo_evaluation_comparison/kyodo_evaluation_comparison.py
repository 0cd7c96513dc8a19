from kyodo_frappe.evaluation.over_years import table


def execute(filters: dict | None = None) -> tuple:
	found = table(filters)
	return found["columns"], found["rows"]
