from kyodo_frappe.evaluation.over_years import report_table


def execute(filters: dict | None = None) -> tuple:
	found = report_table(filters)
	return found["columns"], found["rows"]
