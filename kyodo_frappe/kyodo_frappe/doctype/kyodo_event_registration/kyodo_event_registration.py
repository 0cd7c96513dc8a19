from kyodo_frappe.accounts.invitations import clean_email
from kyodo_frappe.learning import event_keys
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.permissions.columns import ScopedDocument, remove_unreadable_fields


class KyodoEventRegistration(ScopedDocument):
	"""A person's registration for an event."""

	def validate(self):
		self.email = clean_email(self.email)
		if self.is_new():
			self.key_hash = event_keys.hash_key(event_keys.make_key(self))
			if not self.flags.kyodo_service:
				event_registrations.place_new_registration(self)

	def on_change(self):
		remove_unreadable_fields(self)
