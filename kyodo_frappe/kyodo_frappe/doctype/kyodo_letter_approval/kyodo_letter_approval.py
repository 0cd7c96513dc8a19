from frappe.model.document import Document


class KyodoLetterApproval(Document):
	"""One step of the approval of a letter, kept when the letter is returned and asked for again."""
