from frappe.model.document import Document


class KyodoFormField(Document):
	pass
