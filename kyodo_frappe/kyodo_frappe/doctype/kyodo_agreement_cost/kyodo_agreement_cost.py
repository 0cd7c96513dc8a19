from frappe.model.document import Document


class KyodoAgreementCost(Document):
	pass
