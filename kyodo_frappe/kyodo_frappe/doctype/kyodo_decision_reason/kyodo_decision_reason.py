from frappe.model.document import Document


class KyodoDecisionReason(Document):
	pass
