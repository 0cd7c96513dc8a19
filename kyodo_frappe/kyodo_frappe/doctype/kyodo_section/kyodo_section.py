from frappe.model.document import Document


class KyodoSection(Document):
	pass
