from frappe.model.document import Document


class KyodoDeadlineRule(Document):
	"""A deadline rule of a programme (rules/deadlines.py)."""
