from frappe.model.document import Document


class KyodoScheduleResult(Document):
	pass
