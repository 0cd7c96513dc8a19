from frappe.model.document import Document


class KyodoRoleLine(Document):
	"""A task in a proposal or project and the side that takes it."""
