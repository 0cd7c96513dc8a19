from frappe.model.document import Document


class KyodoSurveyAnswer(Document):
	pass
