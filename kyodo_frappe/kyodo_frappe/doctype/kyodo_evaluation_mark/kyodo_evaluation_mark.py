from frappe.model.document import Document


class KyodoEvaluationMark(Document):
	"""A mark of an evaluation sheet, per item."""
