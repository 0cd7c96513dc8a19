from frappe.model.document import Document


class KyodoAgreementParty(Document):
	pass
