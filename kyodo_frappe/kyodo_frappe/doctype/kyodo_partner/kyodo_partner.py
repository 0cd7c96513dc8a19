from frappe.model.document import Document


class KyodoPartner(Document):
	"""An organisation that takes part beside the first one, with its consent."""
