
from kyodo_frappe.permissions.columns import ScopedDocument, shorten_answer
from kyodo_frappe.learning import registrations as event_registrations


class KyodoEventRegistration(ScopedDocument):
	def validate(self):
		event_registrations.complete(self)

	def on_change(self):
		shorten_answer(self)
