
from kyodo_frappe.permissions.columns import ScopedDocument, shorten_answer
from kyodo_frappe.support import matching


class KyodoNeed(ScopedDocument):
	def validate(self):
		matching.prepare(self)

	def on_change(self):
		shorten_answer(self)
