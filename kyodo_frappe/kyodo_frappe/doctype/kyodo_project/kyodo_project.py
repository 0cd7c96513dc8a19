from frappe.model.document import Document


class KyodoProject(Document):
	pass
