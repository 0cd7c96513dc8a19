from frappe.model.document import Document


class KyodoClauseTemplate(Document):
	pass
