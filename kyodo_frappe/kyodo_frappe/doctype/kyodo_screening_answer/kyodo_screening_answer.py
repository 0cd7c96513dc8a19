from frappe.model.document import Document


class KyodoScreeningAnswer(Document):
	pass
