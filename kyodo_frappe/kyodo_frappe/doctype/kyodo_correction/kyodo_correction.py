from frappe.model.document import Document


class KyodoCorrection(Document):
	pass
