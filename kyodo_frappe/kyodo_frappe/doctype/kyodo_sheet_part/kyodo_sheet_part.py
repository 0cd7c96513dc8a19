from frappe.model.document import Document


class KyodoSheetPart(Document):
	pass
