from frappe.model.document import Document


class KyodoAttendance(Document):
	"""A member's seat in a meeting: answer, presence, substitute."""
