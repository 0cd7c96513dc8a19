from frappe.model.document import Document


class KyodoScheduleLine(Document):
	pass
