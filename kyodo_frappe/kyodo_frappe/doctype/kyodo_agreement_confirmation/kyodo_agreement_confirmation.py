from frappe.model.document import Document


class KyodoAgreementConfirmation(Document):
	pass
