from frappe.model.document import Document


class KyodoDeadlineRule(Document):
	pass
