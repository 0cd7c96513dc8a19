
from kyodo_frappe.learning import page_comments
from kyodo_frappe.permissions.columns import ScopedDocument


class KyodoPageComment(ScopedDocument):
	def validate(self):
		page_comments.check(self)
