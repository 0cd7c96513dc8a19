from frappe.model.document import Document


class KyodoConsultation(Document):
	pass
