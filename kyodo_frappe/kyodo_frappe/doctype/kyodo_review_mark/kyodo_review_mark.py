from frappe.model.document import Document


class KyodoReviewMark(Document):
	"""A mark of a review, per criterion."""
