from kyodo_frappe.reports.committees import committee_balance


def execute(filters: dict | None = None) -> tuple:
	return committee_balance(filters).report()
