from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.permissions.columns import ScopedDocument, remove_unreadable_fields


class KyodoEventRegistration(ScopedDocument):
	def validate(self):
		event_registrations.complete(self)

	def on_change(self):
		remove_unreadable_fields(self)
