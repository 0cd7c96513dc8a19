from frappe.model.document import Document


class KyodoMinutesCheck(Document):
	"""A member's turn to check the minutes."""
