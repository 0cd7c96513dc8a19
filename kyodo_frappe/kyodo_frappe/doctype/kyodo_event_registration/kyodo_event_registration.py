from frappe.model.document import Document


class KyodoEventRegistration(Document):
	pass
