from frappe.model.document import Document

from kyodo_frappe.services import matching


class KyodoNeed(Document):
	def validate(self):
		matching.prepare(self)
