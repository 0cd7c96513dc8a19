from kyodo_frappe.reports.register import register


def execute(filters: dict | None = None) -> tuple:
	return register(filters).report()
