from frappe.model.document import Document


class KyodoRegistrationItem(Document):
	pass
