from kyodo_frappe.reports.support_centre import survey_totals


def execute(filters: dict | None = None) -> tuple:
	found = survey_totals(filters)
	return found["columns"], found["rows"]
