from frappe.model.document import Document


class KyodoLetter(Document):
	pass
