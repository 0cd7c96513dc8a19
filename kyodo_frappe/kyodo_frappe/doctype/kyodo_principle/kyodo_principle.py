from frappe.model.document import Document


class KyodoPrinciple(Document):
	pass
