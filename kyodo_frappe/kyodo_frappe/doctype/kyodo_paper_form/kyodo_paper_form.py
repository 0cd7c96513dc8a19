from frappe.model.document import Document


class KyodoPaperForm(Document):
	pass
