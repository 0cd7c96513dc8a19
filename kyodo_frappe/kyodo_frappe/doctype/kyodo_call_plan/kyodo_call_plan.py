from frappe.model.document import Document


class KyodoCallPlan(Document):
	pass
