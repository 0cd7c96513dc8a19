from frappe.model.document import Document


class KyodoMeetingMove(Document):
	"""A change of a meeting's date, with its reason."""
