from frappe.model.document import Document


class KyodoActivityField(Document):
	"""A field of activity of the NPO act (活動分野)."""
