from frappe.model.document import Document


class KyodoChange(Document):
	"""A changed value in a change notice."""
