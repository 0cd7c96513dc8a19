from frappe.model.document import Document


class KyodoClosure(Document):
	pass
