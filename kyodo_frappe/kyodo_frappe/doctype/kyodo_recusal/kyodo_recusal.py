from frappe.model.document import Document


class KyodoRecusal(Document):
	"""A member who steps aside for an agenda item, with the reason and the chair's ruling."""
