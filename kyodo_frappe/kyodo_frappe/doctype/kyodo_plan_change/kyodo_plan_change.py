from frappe.model.document import Document


class KyodoPlanChange(Document):
	pass
