from frappe.model.document import Document


class KyodoPageComment(Document):
	pass
