from frappe.model.document import Document


class KyodoIndicator(Document):
	"""An indicator with baseline, target and actual value."""
