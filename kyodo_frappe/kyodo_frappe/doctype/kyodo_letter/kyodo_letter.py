from frappe.model.document import Document


class KyodoLetter(Document):
	"""A numbered letter, made by letters/issue.py only."""
