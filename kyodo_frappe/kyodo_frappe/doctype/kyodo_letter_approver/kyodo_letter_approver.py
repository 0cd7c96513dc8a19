from frappe.model.document import Document


class KyodoLetterApprover(Document):
	"""One of the people who approve letters of a programme, in the order of the rows."""
