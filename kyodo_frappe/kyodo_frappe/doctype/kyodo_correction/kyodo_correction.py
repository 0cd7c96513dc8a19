from frappe.model.document import Document


class KyodoCorrection(Document):
	"""A correction that the office asks for (補正), with the answer."""
