from kyodo_frappe.services.phrases import listed


def execute(filters: dict | None = None) -> tuple:
	return listed(filters)
