from frappe.model.document import Document


class KyodoPartner(Document):
	pass
