from frappe.model.document import Document


class KyodoCollaborationForm(Document):
	"""A form of collaboration of the programme."""
