from frappe.model.document import Document


class KyodoRequirement(Document):
	"""A requirement for organisations to register."""
