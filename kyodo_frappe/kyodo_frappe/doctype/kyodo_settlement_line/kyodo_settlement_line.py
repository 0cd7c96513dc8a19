from frappe.model.document import Document


class KyodoSettlementLine(Document):
	pass
