from frappe.model.document import Document


class KyodoMeetingGuest(Document):
	pass
