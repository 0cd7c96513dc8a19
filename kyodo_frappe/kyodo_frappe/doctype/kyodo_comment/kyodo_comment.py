from frappe.model.document import Document


class KyodoComment(Document):
	pass
