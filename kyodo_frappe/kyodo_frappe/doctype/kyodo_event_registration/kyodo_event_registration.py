from frappe.model.document import Document

from kyodo_frappe.permissions.columns import shorten_answer
from kyodo_frappe.services import event_registrations


class KyodoEventRegistration(Document):
	def validate(self):
		event_registrations.complete(self)

	def on_change(self):
		shorten_answer(self)
