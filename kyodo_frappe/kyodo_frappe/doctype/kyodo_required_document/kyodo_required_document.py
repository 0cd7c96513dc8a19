from frappe.model.document import Document


class KyodoRequiredDocument(Document):
	pass
