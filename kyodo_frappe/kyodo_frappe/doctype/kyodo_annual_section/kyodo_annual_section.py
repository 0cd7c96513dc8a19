from frappe.model.document import Document


class KyodoAnnualSection(Document):
	"""A part of an annual report: its heading and text."""
