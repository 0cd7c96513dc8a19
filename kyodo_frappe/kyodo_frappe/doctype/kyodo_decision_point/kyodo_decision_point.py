from frappe.model.document import Document


class KyodoDecisionPoint(Document):
	"""The points of a decision on one item, in the scale that was marked."""
