from frappe.model.document import Document


class KyodoRisk(Document):
	pass
