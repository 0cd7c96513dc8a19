from frappe.model.document import Document


class KyodoPageVersion(Document):
	pass
