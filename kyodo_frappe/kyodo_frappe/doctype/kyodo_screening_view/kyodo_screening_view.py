from frappe.model.document import Document


class KyodoScreeningView(Document):
	pass
