from frappe.model.document import Document

from kyodo_frappe.services import matching


class KyodoMatch(Document):
	def validate(self):
		matching.prepare_match(self)

	def after_insert(self):
		matching.tell_introduced(self)
