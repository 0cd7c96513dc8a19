import frappe
from frappe import _
from frappe.utils import get_fullname, getdate, now_datetime, nowdate

from kyodo_frappe.common.errors import InvalidPeriod
from kyodo_frappe.permissions.columns import ScopedDocument
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.support import cases as support_cases
from kyodo_frappe.support.errors import RecordClosed
from kyodo_frappe.workflows.guard import changed_by_user


class KyodoSupportCase(ScopedDocument):
	"""A question to the support centre, with the steps taken and the answer."""

	def validate(self):
		self._check_not_closed()
		self._place_in_year()
		self._set_client()
		self._sign_steps()
		self._set_state_from_answer()

	def on_update(self):
		support_cases.notify_answered(self)

	def _check_not_closed(self):
		before = self.get_doc_before_save()
		if before and before.state == support_cases.CLOSED and changed_by_user(self):
			frappe.throw(_("This case is closed. Please open it again before you change it."), exc=RecordClosed)

	def _place_in_year(self):
		self.received_on = self.received_on or nowdate()
		if getdate(self.received_on) > getdate(nowdate()):
			frappe.throw(_("The day on which it was received is still to come."), InvalidPeriod)
		self.fiscal_year = fiscal_year(getdate(self.received_on))

	def _set_client(self):
		"""Drop the contact of an organisation, which is registered; count a client without one as a small group."""
		if self.organisation:
			self.client_name = self.client_contact = None
		else:
			self.small_group = 1

	def _sign_steps(self):
		for step in self.steps:
			step.done_on = step.done_on or nowdate()
			step.by_whom = step.by_whom or get_fullname(frappe.session.user)

	def _set_state_from_answer(self):
		"""Set the state, and the time at which the answer was last changed."""
		before = self.get_doc_before_save()
		answered = bool((self.answer or "").strip())
		if not answered:
			self.answered_on = None
		elif not before or self.answer != before.answer:
			self.answered_on = now_datetime()
		if self.state != support_cases.CLOSED:
			self.state = support_cases.ANSWERED if answered else support_cases.OPEN
