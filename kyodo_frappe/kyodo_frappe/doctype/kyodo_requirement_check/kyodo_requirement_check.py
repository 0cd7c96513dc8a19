from frappe.model.document import Document


class KyodoRequirementCheck(Document):
	pass
