from frappe.model.document import Document


class KyodoEventAnswer(Document):
	pass
