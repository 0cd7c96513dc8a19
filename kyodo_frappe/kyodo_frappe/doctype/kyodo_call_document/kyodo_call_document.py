from frappe.model.document import Document


class KyodoCallDocument(Document):
	"""A file that the office offers for download on the page of a call."""
