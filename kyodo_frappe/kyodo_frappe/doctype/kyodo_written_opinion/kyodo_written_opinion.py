from frappe.model.document import Document


class KyodoWrittenOpinion(Document):
	"""A member's written opinion on an agenda item (書面審議)."""
