from frappe.model.document import Document


class KyodoAgreementClause(Document):
	pass
