from kyodo_frappe.permissions.columns import ScopedDocument
from kyodo_frappe.proposals import enquiries


class KyodoCallEnquiry(ScopedDocument):
	"""A question about a call from its public page, with the answer of the city."""

	def validate(self):
		enquiries.check_publication(self)
		enquiries.sign(self)

	def on_update(self):
		enquiries.notify_answered(self)
