from frappe.model.document import Document


class KyodoActivityField(Document):
	pass
