from kyodo_frappe.support.figures import survey_totals


def execute(filters: dict | None = None) -> tuple:
	found = survey_totals(filters)
	return found["columns"], found["rows"]
