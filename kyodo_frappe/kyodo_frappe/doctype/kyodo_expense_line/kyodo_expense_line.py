from frappe.model.document import Document


class KyodoExpenseLine(Document):
	pass
