from frappe.model.document import Document


class KyodoEvaluationRound(Document):
	pass
