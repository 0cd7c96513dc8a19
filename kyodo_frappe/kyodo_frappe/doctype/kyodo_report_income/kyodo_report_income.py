from frappe.model.document import Document


class KyodoReportIncome(Document):
	pass
