from kyodo_frappe.reports.pipeline import results_by_year


def execute(filters: dict | None = None) -> tuple:
	return results_by_year(filters).report()
