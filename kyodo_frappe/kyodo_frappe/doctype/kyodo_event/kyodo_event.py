from frappe.model.document import Document


class KyodoEvent(Document):
	pass
