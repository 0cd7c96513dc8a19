import frappe
from frappe import _
from frappe.utils import getdate

from kyodo_frappe.accounts.roles import grant_roles
from kyodo_frappe.common import corrections
from kyodo_frappe.common.errors import ListedTwice
from kyodo_frappe.organisations import duplicates
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.organisations.errors import InvalidCorporateNumber, RepresentativeMissing
from kyodo_frappe.permissions.columns import ScopedDocument
from kyodo_frappe.permissions.roles import OFFICER, ORGANISATION
from kyodo_frappe.programme import form
from kyodo_frappe.rules.codes import clean_corporate_number, clean_postal_code, valid_corporate_number
from kyodo_frappe.rules.textkeys import to_katakana


class KyodoOrganisation(ScopedDocument):
	"""An organisation that takes part in kyodo, with its members and registration."""

	def before_insert(self):
		user = frappe.session.user
		if not self.members and user != "Administrator" and ORGANISATION in frappe.get_roles(user):
			name = frappe.utils.get_fullname(user)
			self.append("members", {"user": user, "member_name": name, "member_role": "Representative"})

	def validate(self):
		if self.is_new() and not self.flags.kyodo_service and OFFICER in frappe.get_roles():
			self.source = "Office"
		self._tidy()
		self._check_corporate_number()
		self._check_members()
		form.check_lengths(self)
		self._record_consent()
		if self.corrections:
			corrections.set_field_labels(self, form.headings(self))
		if self.is_new() or self._state_before() in organisations.open_states():
			self.ask_requirements()

	def on_update(self):
		grant_roles(self)

	def own_people(self) -> set[str]:
		"""Return the users for whom this record is their own (four eyes)."""
		return {self.owner, *(row.user for row in self.members)}

	def role_of(self, user: str) -> str | None:
		"""Return Representative, Editor or Viewer; None for a user who is no member."""
		return next((row.member_role for row in self.members if row.user == user), None)

	def check_step(self, action: str, state: str, next_state: str):
		"""Check and prepare a transition of the workflow. Raises the refusals of organisations/errors.py."""
		today = getdate()
		if action in ("Apply for Registration", "Renew"):
			organisations.check_renewable(self, state)
			organisations.check_complete(self)
		elif action == "Return":
			corrections.check_reason(self)
		elif action == "Register":
			duplicates.check_number_free(self)
			self.valid_until = organisations.next_term(self, today)
			if self.registered_on:
				self.renewed_on = today
			self.registered_on = self.registered_on or today
			self.return_reason = None
			corrections.settle(self)
		elif action == "Withdraw":
			self._only_representatives_withdraw()

	def ask_requirements(self):
		"""Fill the rows of requirements from the programme: new ones appear, answers stay."""
		answered = {row.code: row for row in self.requirement_checks}
		rows = []
		for asked in organisations.requirements(self):
			row = answered.pop(asked.code, None) or self.append("requirement_checks", {"code": asked.code})
			row.requirement = asked.requirement
			rows.append(row)
		# requirements that were dropped from the programme go, unless answered
		rows += [row for row in answered.values() if row.code and row.fulfilled]
		self.set("requirement_checks", [])
		for row in rows:
			self.append("requirement_checks", row)

	# -- people ----------------------------------------------------------------------

	def _validate_links(self):
		# before Frappe checks the links, which would reveal to a stranger which logins exist
		self._refuse_uninvited()
		super()._validate_links()

	def _refuse_uninvited(self):
		"""Raise PermissionError for a member who was not invited and is not the user who creates the organisation."""
		if self.flags.kyodo_service or _is_office():
			return
		known = {frappe.session.user} if self.is_new() else self._stored_people()
		if any(row.user not in known for row in self.members):
			frappe.throw(_("People are added by invitation: please invite them by mail."), frappe.PermissionError)

	def _stored_people(self) -> set[str]:
		filters = {"parenttype": self.doctype, "parent": self.name}
		return set(frappe.get_all("Kyodo Organisation Member", filters, pluck="user", order_by="idx"))

	def _check_members(self):
		self._refuse_uninvited()
		users = [row.user for row in self.members]
		for user in users:
			if users.count(user) > 1:
				frappe.throw(_("{0} is listed twice among the people.").format(user), ListedTwice)
		before = self.get_doc_before_save()
		had_people = bool(before and before.members)
		if (users or had_people) and not any(row.member_role == "Representative" for row in self.members):
			frappe.throw(_("At least one of the people has to be a representative."), RepresentativeMissing)
		if not self.flags.kyodo_service:
			self._only_representatives_change_members()

	def _only_representatives_change_members(self):
		before = self.get_doc_before_save()
		if before is None or _is_office() or before.role_of(frappe.session.user) == "Representative":
			return
		people = lambda doc: sorted((row.user, row.member_role) for row in doc.members)
		if people(self) != people(before):
			frappe.throw(_("Only a representative can change who belongs to the organisation."), frappe.PermissionError)

	def _only_representatives_withdraw(self):
		if self.role_of(frappe.session.user) in ("Editor", "Viewer"):
			frappe.throw(_("Only a representative of the organisation may do this."), frappe.PermissionError)

	# -- publication -----------------------------------------------------------------

	def _record_consent(self):
		"""Record the fields that the organisation consents to publish: those that the form opens when the tick is set.

		Fields that it opens later have a tick of their own (`flags.agrees_to`: fieldnames). Nobody writes the list by hand.
		"""
		before = self.get_doc_before_save()
		if not self.publish_profile:
			self.profile_fields = None
			return
		opened = [field.name for field in form.public_fields(self)]
		if before and before.publish_profile:
			self.profile_fields = before.profile_fields
			added = [name for name in opened if name in (self.flags.agrees_to or ())]
			if not added:
				return
			opened = sorted(form.consented_fields(before)) + added
		self.profile_fields = "\n".join(dict.fromkeys(opened))

	# -- text ------------------------------------------------------------------------

	def _tidy(self):
		self.organisation_kana = to_katakana(self.organisation_kana) or None
		self.postal_code = clean_postal_code(self.postal_code) or None
		self.name_key = duplicates.key_of(self.organisation_name)

	def _check_corporate_number(self):
		if not self.corporate_number:
			return
		self.corporate_number = clean_corporate_number(self.corporate_number)
		if not valid_corporate_number(self.corporate_number):
			frappe.throw(
				_("The corporate number {0} is not valid: it has 13 digits, the first of which is a check digit.").format(
					self.corporate_number
				),
				exc=InvalidCorporateNumber,
			)

	def _state_before(self) -> str:
		before = self.get_doc_before_save()
		return (before and before.workflow_state) or "Draft"


def _is_office() -> bool:
	return frappe.session.user == "Administrator" or OFFICER in frappe.get_roles()
