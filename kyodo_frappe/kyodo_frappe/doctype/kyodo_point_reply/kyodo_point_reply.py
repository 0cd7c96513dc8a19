from frappe.model.document import Document


class KyodoPointReply(Document):
	"""A reply to an open point."""
