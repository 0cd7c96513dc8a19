from frappe.model.document import Document


class KyodoRequiredDocument(Document):
	"""A document that a programme requires."""
