from frappe.model.document import Document


class KyodoPointReply(Document):
	pass
