from frappe.model.document import Document


class KyodoOpenPoint(Document):
	pass
