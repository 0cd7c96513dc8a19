from frappe.model.document import Document


class KyodoMenuEntry(Document):
	"""An entry of a programme's menu of public pages."""
