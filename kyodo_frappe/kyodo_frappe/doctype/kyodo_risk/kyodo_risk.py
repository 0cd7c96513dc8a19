from frappe.model.document import Document


class KyodoRisk(Document):
	"""A risk of a project and the measure against it."""
