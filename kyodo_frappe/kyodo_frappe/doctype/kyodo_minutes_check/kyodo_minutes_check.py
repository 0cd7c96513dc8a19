from frappe.model.document import Document


class KyodoMinutesCheck(Document):
	pass
