from frappe.model.document import Document


class KyodoPayment(Document):
	"""A payment to a project, or a refund."""
