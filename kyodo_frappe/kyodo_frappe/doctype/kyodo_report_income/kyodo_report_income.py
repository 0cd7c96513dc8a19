from frappe.model.document import Document


class KyodoReportIncome(Document):
	"""Planned and actual income in a report."""
