from frappe.model.document import Document


class KyodoReviewMark(Document):
	pass
