from kyodo_frappe.reports.deadlines import deadlines_kept


def execute(filters: dict | None = None) -> tuple:
	return deadlines_kept(filters).report()
