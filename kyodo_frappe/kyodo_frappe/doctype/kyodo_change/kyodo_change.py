from frappe.model.document import Document


class KyodoChange(Document):
	pass
