from frappe.model.document import Document


class KyodoCriterion(Document):
	pass
