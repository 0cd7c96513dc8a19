from frappe.model.document import Document


class KyodoHandoverLine(Document):
	"""One record, task or role that was handed over."""
