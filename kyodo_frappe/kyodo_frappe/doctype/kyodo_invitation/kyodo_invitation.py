from frappe.model.document import Document


class KyodoInvitation(Document):
	pass
