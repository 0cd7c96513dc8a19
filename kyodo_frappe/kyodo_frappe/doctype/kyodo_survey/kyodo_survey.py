from frappe.model.document import Document


class KyodoSurvey(Document):
	pass
