from kyodo_frappe.permissions.columns import ScopedDocument
from kyodo_frappe.support import introductions


class KyodoMatch(ScopedDocument):
	def validate(self):
		introductions.prepare_match(self)

	def after_insert(self):
		introductions.tell_introduced(self)
