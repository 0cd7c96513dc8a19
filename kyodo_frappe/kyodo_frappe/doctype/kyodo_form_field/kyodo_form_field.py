from frappe.model.document import Document


class KyodoFormField(Document):
	"""A question of a programme's form (programme/form.py)."""
