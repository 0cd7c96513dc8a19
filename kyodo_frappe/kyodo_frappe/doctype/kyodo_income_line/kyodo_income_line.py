from frappe.model.document import Document


class KyodoIncomeLine(Document):
	pass
