from frappe.model.document import Document


class KyodoCategoryRule(Document):
	"""A rule for a category of cost, such as a cap in yen."""
