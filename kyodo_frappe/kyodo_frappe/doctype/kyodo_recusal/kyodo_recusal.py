from frappe.model.document import Document


class KyodoRecusal(Document):
	pass
