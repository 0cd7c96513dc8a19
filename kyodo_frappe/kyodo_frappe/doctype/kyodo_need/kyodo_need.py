from frappe.model.document import Document


class KyodoNeed(Document):
	pass
