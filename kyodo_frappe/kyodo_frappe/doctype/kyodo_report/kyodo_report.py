from frappe.model.document import Document


class KyodoReport(Document):
	pass
