from frappe.model.document import Document

from kyodo_frappe.services import page_comments


class KyodoPageComment(Document):
	def validate(self):
		page_comments.check(self)
