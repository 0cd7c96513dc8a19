from frappe.model.document import Document


class KyodoSkill(Document):
	pass
