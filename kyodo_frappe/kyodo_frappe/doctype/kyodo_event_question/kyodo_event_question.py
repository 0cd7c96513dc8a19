from frappe.model.document import Document


class KyodoEventQuestion(Document):
	pass
