from frappe.model.document import Document


class KyodoSupportStep(Document):
	pass
