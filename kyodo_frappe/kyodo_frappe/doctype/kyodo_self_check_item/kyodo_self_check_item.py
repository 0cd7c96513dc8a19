from frappe.model.document import Document


class KyodoSelfCheckItem(Document):
	pass
