from frappe.model.document import Document


class KyodoAttendance(Document):
	pass
