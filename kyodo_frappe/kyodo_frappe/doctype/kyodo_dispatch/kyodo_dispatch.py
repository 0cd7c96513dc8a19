import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.common.errors import InvalidPeriod
from kyodo_frappe.support import dispatches
from kyodo_frappe.support.errors import DispatchStateError
from kyodo_frappe.workflows.guard import changed_by_user


class KyodoDispatch(Document):
	"""A person sent to an event, a committee or elsewhere."""

	def validate(self):
		self._check_not_over()
		self._set_from_event()
		self._set_from_committee()
		self._check_days()
		self._set_from_person()

	def after_insert(self):
		dispatches.send_request(self)

	def on_update(self):
		dispatches.warn_of_clash(self)

	def _check_not_over(self):
		before = self.get_doc_before_save()
		if before and before.state in (dispatches.DECLINED, dispatches.DONE) and changed_by_user(self):
			frappe.throw(_("This dispatch is over and cannot be changed."), exc=DispatchStateError)

	def _set_from_event(self):
		"""Keep the event of a lecturer only, and take its day and title where none is given."""
		if self.purpose != dispatches.LECTURER:
			self.event = None
		if self.event:
			held_on, title = frappe.db.get_value("Kyodo Event", self.event, ["held_on", "event_name"])
			self.from_date, self.to_date = self.from_date or held_on, self.to_date or held_on
			self.sent_to = self.sent_to or title

	def _set_from_committee(self):
		if self.purpose != dispatches.MEMBER:
			self.committee = None
		if self.committee and not self.sent_to:
			self.sent_to = frappe.db.get_value("Kyodo Committee", self.committee, "committee_name")

	def _check_days(self):
		if self.from_date and self.to_date and getdate(self.to_date) < getdate(self.from_date):
			frappe.throw(_("The last day is before the first."), InvalidPeriod)

	def _set_from_person(self):
		person = frappe.db.get_value(dispatches.PERSON, self.person, ["active", "programme"], as_dict=True) or frappe._dict()
		if self.is_new() and not person.active:
			frappe.throw(_("This person is not available at the moment."), DispatchStateError)
		self.programme = self.programme or person.programme
