from kyodo_frappe.reports.organisations import suspected_duplicates


def execute(filters: dict | None = None) -> tuple:
	found = suspected_duplicates()
	return found["columns"], found["rows"], found["message"]
