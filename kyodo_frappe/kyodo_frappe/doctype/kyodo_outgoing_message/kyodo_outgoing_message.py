from frappe.model.document import Document


class KyodoOutgoingMessage(Document):
	"""What an act tells people, from its commit until a job has handed it over (messages/outbox.py)."""
