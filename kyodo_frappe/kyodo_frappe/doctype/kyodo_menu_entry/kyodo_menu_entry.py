from frappe.model.document import Document


class KyodoMenuEntry(Document):
	"""Entry of a programme's menu (web/look.py)."""
