from frappe.model.document import Document


class KyodoSupportCase(Document):
	pass
