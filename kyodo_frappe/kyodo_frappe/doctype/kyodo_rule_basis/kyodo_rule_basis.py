from frappe.model.document import Document


class KyodoRuleBasis(Document):
	pass
