from frappe.model.document import Document


class KyodoScreeningQuestion(Document):
	"""A question of the programme about services."""
