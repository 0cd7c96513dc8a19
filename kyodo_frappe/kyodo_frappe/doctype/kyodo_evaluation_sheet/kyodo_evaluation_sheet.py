from frappe.model.document import Document


class KyodoEvaluationSheet(Document):
	pass
