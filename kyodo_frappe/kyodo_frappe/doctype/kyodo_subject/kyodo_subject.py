from frappe.model.document import Document


class KyodoSubject(Document):
	pass
