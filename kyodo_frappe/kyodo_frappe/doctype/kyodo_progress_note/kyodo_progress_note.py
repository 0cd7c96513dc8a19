from frappe.model.document import Document


class KyodoProgressNote(Document):
	pass
