from frappe.model.document import Document


class KyodoSelfCheck(Document):
	pass
