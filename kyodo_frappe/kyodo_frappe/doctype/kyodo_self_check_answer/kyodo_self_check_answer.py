from frappe.model.document import Document


class KyodoSelfCheckAnswer(Document):
	pass
