from frappe.model.document import Document


class KyodoCollaborationForm(Document):
	"""A form of collaboration (協働の形態)."""
