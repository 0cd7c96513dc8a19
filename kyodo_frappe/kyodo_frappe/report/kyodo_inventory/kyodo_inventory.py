from kyodo_frappe.reports.inventory import inventory


def execute(filters: dict | None = None) -> tuple:
	return inventory(filters).report()
