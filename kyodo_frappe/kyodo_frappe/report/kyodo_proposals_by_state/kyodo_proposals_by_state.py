from kyodo_frappe.reports.proposals import proposals_by_state


def execute(filters: dict | None = None) -> tuple:
	return proposals_by_state(filters).report()
