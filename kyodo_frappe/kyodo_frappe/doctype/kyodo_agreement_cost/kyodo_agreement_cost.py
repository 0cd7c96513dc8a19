from frappe.model.document import Document


class KyodoAgreementCost(Document):
	"""A cost in an agreement and the side that bears it."""
