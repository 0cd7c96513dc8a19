from frappe.model.document import Document


class KyodoIndicator(Document):
	pass
