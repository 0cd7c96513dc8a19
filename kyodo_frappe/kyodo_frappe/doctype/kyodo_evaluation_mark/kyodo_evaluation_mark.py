from frappe.model.document import Document


class KyodoEvaluationMark(Document):
	pass
