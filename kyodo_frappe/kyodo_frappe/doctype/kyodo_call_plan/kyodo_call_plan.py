from frappe.model.document import Document


class KyodoCallPlan(Document):
	"""A yearly call in a programme's plan."""
