from frappe.model.document import Document


class KyodoClauseTemplate(Document):
	"""A clause of agreements in a form of collaboration."""
