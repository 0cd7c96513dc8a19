from frappe.model.document import Document


class KyodoMessage(Document):
	pass
