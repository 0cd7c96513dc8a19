from frappe.model.document import Document


class KyodoRoleLine(Document):
	"""A role of one side."""
