from frappe.model.document import Document


class KyodoLetterNumbering(Document):
	pass
