from frappe.model.document import Document


class KyodoEvaluationItem(Document):
	"""An item of an evaluation round: a principle or an indicator."""
