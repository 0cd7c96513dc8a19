from frappe.model.document import Document


class KyodoCall(Document):
	pass
