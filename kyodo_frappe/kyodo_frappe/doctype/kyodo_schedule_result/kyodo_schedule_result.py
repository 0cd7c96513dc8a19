from frappe.model.document import Document


class KyodoScheduleResult(Document):
	"""What was done of a planned activity."""
