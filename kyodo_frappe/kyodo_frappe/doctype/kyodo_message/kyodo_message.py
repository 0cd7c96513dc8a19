from frappe.model.document import Document


class KyodoMessage(Document):
	"""Message row of a programme: an event, its recipients, channel and template (messages/rows.py)."""
