from frappe.model.document import Document


class KyodoRuleBasis(Document):
	"""Where a rule of a programme is laid down."""
