from frappe.model.document import Document


class KyodoInterest(Document):
	pass
