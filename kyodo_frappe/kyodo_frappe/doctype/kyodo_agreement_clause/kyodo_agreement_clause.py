from frappe.model.document import Document


class KyodoAgreementClause(Document):
	"""A clause of an agreement."""
