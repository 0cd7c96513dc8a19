from frappe.model.document import Document


class KyodoCollaborationForm(Document):
	pass
