from frappe.model.document import Document


class KyodoPayment(Document):
	pass
