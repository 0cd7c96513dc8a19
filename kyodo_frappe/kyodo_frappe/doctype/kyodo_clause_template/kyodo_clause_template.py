from frappe.model.document import Document


class KyodoClauseTemplate(Document):
	"""A clause of the programme, with tokens to be filled in."""
