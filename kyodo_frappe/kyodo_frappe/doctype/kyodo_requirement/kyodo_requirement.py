from frappe.model.document import Document


class KyodoRequirement(Document):
	pass
