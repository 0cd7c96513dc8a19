from kyodo_frappe.reports.pipeline import pipeline


def execute(filters: dict | None = None) -> tuple:
	return pipeline(filters).report()
