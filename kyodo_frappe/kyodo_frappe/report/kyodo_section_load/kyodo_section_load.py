from kyodo_frappe.reports.sections import section_load


def execute(filters: dict | None = None) -> tuple:
	return section_load(filters).report()
