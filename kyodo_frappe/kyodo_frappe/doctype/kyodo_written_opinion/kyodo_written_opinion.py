from frappe.model.document import Document


class KyodoWrittenOpinion(Document):
	pass
