from frappe.model.document import Document


class KyodoMeetingGuest(Document):
	"""A guest of a meeting or of one of its items."""
