from frappe.model.document import Document


class KyodoRequirementCheck(Document):
	"""An organisation's answer to a requirement."""
