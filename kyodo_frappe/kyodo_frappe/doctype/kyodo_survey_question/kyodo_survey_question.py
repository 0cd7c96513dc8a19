from frappe.model.document import Document


class KyodoSurveyQuestion(Document):
	pass
