from kyodo_frappe.reports.equality import equality


def execute(filters: dict | None = None) -> tuple:
	return equality(filters).report()
