from frappe.model.document import Document

from kyodo_frappe.services import introductions


class KyodoMatch(Document):
	def validate(self):
		introductions.prepare_match(self)

	def after_insert(self):
		introductions.tell_introduced(self)
