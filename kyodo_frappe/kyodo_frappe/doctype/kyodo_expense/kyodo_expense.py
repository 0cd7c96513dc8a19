from frappe.model.document import Document


class KyodoExpense(Document):
	pass
