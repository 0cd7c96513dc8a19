from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.permissions.columns import ScopedDocument, shorten_answer


class KyodoEventRegistration(ScopedDocument):
	def validate(self):
		event_registrations.complete(self)

	def on_change(self):
		shorten_answer(self)
