from frappe.model.document import Document


class KyodoProgramme(Document):
	pass
