from frappe.model.document import Document


class KyodoMeetingPlan(Document):
	pass
