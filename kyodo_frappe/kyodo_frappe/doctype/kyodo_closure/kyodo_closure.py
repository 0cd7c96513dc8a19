from frappe.model.document import Document


class KyodoClosure(Document):
	"""A day on which the city hall is closed besides weekends and holidays."""
