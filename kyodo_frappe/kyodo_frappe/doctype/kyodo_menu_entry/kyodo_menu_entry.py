from frappe.model.document import Document


class KyodoMenuEntry(Document):
	pass
