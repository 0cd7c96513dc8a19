from frappe.model.document import Document


class KyodoMeetingPlan(Document):
	"""A yearly meeting in a programme's plan."""
