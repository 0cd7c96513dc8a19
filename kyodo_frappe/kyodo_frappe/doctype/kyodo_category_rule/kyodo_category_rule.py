from frappe.model.document import Document


class KyodoCategoryRule(Document):
	pass
