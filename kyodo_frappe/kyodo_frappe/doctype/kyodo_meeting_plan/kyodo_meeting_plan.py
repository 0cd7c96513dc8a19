from frappe.model.document import Document


class KyodoMeetingPlan(Document):
	"""A meeting in the programme's plan of a year."""
