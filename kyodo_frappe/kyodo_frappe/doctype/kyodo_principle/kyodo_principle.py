from frappe.model.document import Document


class KyodoPrinciple(Document):
	"""A principle of kyodo (協働の原則)."""
