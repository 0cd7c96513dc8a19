from frappe.model.document import Document


class KyodoSurveyResponse(Document):
	pass
