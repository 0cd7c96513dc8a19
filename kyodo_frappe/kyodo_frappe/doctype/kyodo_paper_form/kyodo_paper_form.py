from frappe.model.document import Document


class KyodoPaperForm(Document):
	"""Number and title of one of the city's forms on paper (様式)."""
