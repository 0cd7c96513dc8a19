from frappe.model.document import Document


class KyodoScreeningQuestion(Document):
	pass
