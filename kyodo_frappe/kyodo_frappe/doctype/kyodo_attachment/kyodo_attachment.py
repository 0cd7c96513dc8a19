from frappe.model.document import Document


class KyodoAttachment(Document):
	"""An attached document and its file."""
