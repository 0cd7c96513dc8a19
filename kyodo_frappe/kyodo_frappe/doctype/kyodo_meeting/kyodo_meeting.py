from frappe.model.document import Document


class KyodoMeeting(Document):
	pass
