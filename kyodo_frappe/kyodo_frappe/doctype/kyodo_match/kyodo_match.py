from frappe.model.document import Document


class KyodoMatch(Document):
	pass
