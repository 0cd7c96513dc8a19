
from kyodo_frappe.permissions.columns import ScopedDocument
from kyodo_frappe.learning import page_comments


class KyodoPageComment(ScopedDocument):
	def validate(self):
		page_comments.check(self)
