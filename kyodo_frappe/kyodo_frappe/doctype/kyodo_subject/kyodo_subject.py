from frappe.model.document import Document


class KyodoSubject(Document):
	"""A type of organisation that takes part in a programme (協働の主体)."""
