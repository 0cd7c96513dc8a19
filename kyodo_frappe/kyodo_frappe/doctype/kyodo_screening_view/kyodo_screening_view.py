from frappe.model.document import Document


class KyodoScreeningView(Document):
	"""A member's view in the internal team."""
