from kyodo_frappe.reports.proposals import proposals_by_state


def execute(filters: dict | None = None) -> tuple:
	found = proposals_by_state(filters)
	return found["columns"], found["rows"], None, found["chart"]
