from frappe.model.document import Document


class KyodoSupportFunction(Document):
	pass
