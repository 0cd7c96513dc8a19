"""What an organisation asks to be paid: an advance, or the rest of what was settled, to an account that only the office reads."""

import frappe

from kyodo_frappe.partnership import parties, payment_requests
from kyodo_frappe.permissions.columns import ScopedDocument, remove_unreadable_fields


class KyodoPaymentRequest(ScopedDocument):
	"""Made by `payment_requests.ask`; nothing of it changes afterwards but the office's answer."""

	def own_people(self) -> set[str]:
		"""Users who must not decide about it: the one who asked, and all members of the project's organisations."""
		return {self.requested_by, *parties.organisation_users(frappe.get_doc("Kyodo Project", self.project))}

	def on_change(self):
		"""Keep the account out of the answer to whoever takes a step."""
		remove_unreadable_fields(self)

	def check_step(self, action: str, state: str, next_state: str):
		"""Check what a step requires. Raises NotYourSide, DateInFuture, and as `payment_requests.check_amount`."""
		payment_requests.check_step(self, action)
