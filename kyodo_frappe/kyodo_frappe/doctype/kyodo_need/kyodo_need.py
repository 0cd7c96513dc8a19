from frappe.model.document import Document

from kyodo_frappe.permissions.columns import shorten_answer
from kyodo_frappe.services import matching


class KyodoNeed(Document):
	def validate(self):
		matching.prepare(self)

	def on_change(self):
		shorten_answer(self)
