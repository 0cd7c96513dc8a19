from frappe.model.document import Document


class KyodoEventPlan(Document):
	"""A yearly event in a programme's plan."""
