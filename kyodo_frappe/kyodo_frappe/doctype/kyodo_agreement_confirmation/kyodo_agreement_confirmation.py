from frappe.model.document import Document


class KyodoAgreementConfirmation(Document):
	"""A party's confirmation of a text, identified by its hash."""
