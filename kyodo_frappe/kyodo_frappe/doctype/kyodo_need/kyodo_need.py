import frappe
from frappe import _
from frappe.utils import add_months, getdate, nowdate

from kyodo_frappe.common.errors import InputMissing, InvalidPeriod
from kyodo_frappe.permissions.columns import ScopedDocument, remove_unreadable_fields
from kyodo_frappe.permissions.roles import OFFICER, SECTION, SUPPORT
from kyodo_frappe.support import matching
from kyodo_frappe.support.errors import RecordClosed
from kyodo_frappe.workflows.guard import changed_by_user


class KyodoNeed(ScopedDocument):
	"""A need or an offer of an organisation, a section or a private person."""

	def validate(self):
		self._check_own()
		self._set_party()
		self._set_term()
		if self.published:
			self.wants_publishing = 0

	def on_change(self):
		remove_unreadable_fields(self)

	def _check_own(self):
		roles = set(frappe.get_roles())
		only_section = SECTION in roles and not roles & {OFFICER, SUPPORT}
		if self.party != "City" and only_section and not self.flags.kyodo_service:
			frappe.throw(_("A section can record only its own needs and offers."), frappe.PermissionError)

	def _set_party(self):
		"""Require the field of the need's party, and empty those of the others."""
		if self.party != "Organisation":
			self.organisation = None
		elif not self.organisation:
			frappe.throw(_("Please say which organisation it is."), InputMissing)
		if self.party != "City":
			self.section = None
		elif not self.section:
			frappe.throw(_("Please say which section it is."), InputMissing)
		if self.party == "Private Person":
			if not (self.contact_name and self.contact):
				frappe.throw(_("Please note name and contact of the person; they are not shown to anybody else."), InputMissing)
			if self.has_value_changed("contact"):
				self.contact = self.contact.strip()

	def _set_term(self):
		"""Set the last day, which cannot be past; refuse changes of a need that is no longer open."""
		if self.state not in matching.LIVE:
			if changed_by_user(self):
				message = _("This need or offer is no longer open. Please open it again before you change it.")
				frappe.throw(message, exc=RecordClosed)
			return
		self.open_until = self.open_until or add_months(nowdate(), matching.MONTHS_OPEN)
		before = self.get_doc_before_save()
		is_new_day = not before or str(before.open_until) != str(self.open_until)
		if is_new_day and getdate(self.open_until) < getdate(nowdate()):
			frappe.throw(_("The last day is over already. Please choose one that is still to come."), InvalidPeriod)
