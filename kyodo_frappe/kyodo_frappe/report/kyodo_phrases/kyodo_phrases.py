from kyodo_frappe.web.phrases import listed


def execute(filters: dict | None = None) -> tuple:
	return listed(filters)
