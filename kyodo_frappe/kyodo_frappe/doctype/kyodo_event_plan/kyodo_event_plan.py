from frappe.model.document import Document


class KyodoEventPlan(Document):
	pass
