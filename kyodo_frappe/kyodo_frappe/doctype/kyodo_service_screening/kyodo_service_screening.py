from frappe.model.document import Document


class KyodoServiceScreening(Document):
	pass
