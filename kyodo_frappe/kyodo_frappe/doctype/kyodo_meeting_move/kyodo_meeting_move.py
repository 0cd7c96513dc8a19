from frappe.model.document import Document


class KyodoMeetingMove(Document):
	pass
