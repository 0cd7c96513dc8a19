from frappe.model.document import Document


class KyodoCallQuestion(Document):
	"""What a call asks besides the form of its programme, in other words, or not at all."""
