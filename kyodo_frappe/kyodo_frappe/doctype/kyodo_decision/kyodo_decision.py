from frappe.model.document import Document


class KyodoDecision(Document):
	pass
