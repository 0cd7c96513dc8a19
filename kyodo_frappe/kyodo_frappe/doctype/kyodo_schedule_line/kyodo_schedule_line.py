from frappe.model.document import Document


class KyodoScheduleLine(Document):
	"""A line of the schedule."""
