from frappe.model.document import Document


class KyodoIndicator(Document):
	"""An evaluation item with baseline, target and actual value."""
