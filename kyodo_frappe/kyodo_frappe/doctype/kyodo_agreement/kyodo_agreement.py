from frappe.model.document import Document


class KyodoAgreement(Document):
	pass
