from frappe.model.document import Document


class KyodoPage(Document):
	pass
