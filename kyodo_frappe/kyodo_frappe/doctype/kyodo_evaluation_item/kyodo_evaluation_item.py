from frappe.model.document import Document


class KyodoEvaluationItem(Document):
	pass
