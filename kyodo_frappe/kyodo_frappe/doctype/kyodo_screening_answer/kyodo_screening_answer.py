from frappe.model.document import Document


class KyodoScreeningAnswer(Document):
	"""A question of a screening with its answer."""
