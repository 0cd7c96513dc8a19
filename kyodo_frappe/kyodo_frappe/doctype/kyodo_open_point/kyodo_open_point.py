from frappe.model.document import Document


class KyodoOpenPoint(Document):
	"""A point that the two sides of a project have to settle (`partnership/negotiation.py`)."""
