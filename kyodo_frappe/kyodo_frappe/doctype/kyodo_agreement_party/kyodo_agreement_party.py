from frappe.model.document import Document


class KyodoAgreementParty(Document):
	"""A party to an agreement."""
