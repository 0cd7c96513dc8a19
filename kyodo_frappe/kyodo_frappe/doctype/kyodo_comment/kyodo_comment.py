from frappe.model.document import Document


class KyodoComment(Document):
	"""A comment on a part of a draft (proposals/comments.py)."""
