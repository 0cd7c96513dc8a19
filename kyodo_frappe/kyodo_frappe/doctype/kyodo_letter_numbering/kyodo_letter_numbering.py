from frappe.model.document import Document


class KyodoLetterNumbering(Document):
	"""The numbering and wording of one type of letter."""
