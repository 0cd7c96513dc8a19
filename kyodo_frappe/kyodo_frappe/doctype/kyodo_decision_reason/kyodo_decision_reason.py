from frappe.model.document import Document


class KyodoDecisionReason(Document):
	"""A reason of a decision, per criterion."""
