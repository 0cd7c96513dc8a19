from frappe.model.document import Document


class KyodoReview(Document):
	pass
