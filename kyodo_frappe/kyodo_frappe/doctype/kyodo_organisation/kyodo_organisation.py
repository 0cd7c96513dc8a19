import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.permissions.roles import ORGANISATION
from kyodo_frappe.rules.codes import clean_corporate_number, valid_corporate_number
from kyodo_frappe.rules.era import fiscal_year, fiscal_year_range
from kyodo_frappe.rules.textkeys import search_key
from kyodo_frappe.services.logins import grant_roles


class KyodoOrganisation(Document):
	def before_insert(self):
		user = frappe.session.user
		if not self.members and user != "Administrator" and ORGANISATION in frappe.get_roles(user):
			self.append("members", {"user": user, "member_role": "Representative"})

	def validate(self):
		self.search_key = search_key(f"{self.organisation_name} {self.organisation_kana or ''}")[:140]
		self._check_corporate_number()
		self._check_members()
		self._ask_requirements()

	def on_update(self):
		grant_roles(self)

	def own_people(self) -> set[str]:
		"""Logins for which this record is their own (four eyes)."""
		return {self.owner, *(row.user for row in self.members)}

	def check_step(self, action: str, state: str, next_state: str):
		if action == "Register":
			self.valid_until = fiscal_year_range(fiscal_year(getdate()))[1]

	def _check_corporate_number(self):
		if not self.corporate_number:
			return
		self.corporate_number = clean_corporate_number(self.corporate_number)
		if not valid_corporate_number(self.corporate_number):
			frappe.throw(
				_("The corporate number {0} is not valid: it has 13 digits, the first of which is a check digit.").format(
					self.corporate_number
				)
			)

	def _check_members(self):
		users = [row.user for row in self.members]
		for user in users:
			if users.count(user) > 1:
				frappe.throw(_("{0} is among the people twice.").format(user))
		if users and not any(row.member_role == "Representative" for row in self.members):
			frappe.throw(_("At least one of the people has to be a representative."))
		self._only_representatives_change_members()

	def _only_representatives_change_members(self):
		before = self.get_doc_before_save()
		user = frappe.session.user
		mine = [row for row in before.members if row.user == user] if before else []
		if not mine or mine[0].member_role == "Representative":
			return
		people = lambda doc: sorted((row.user, row.member_role) for row in doc.members)  # noqa: E731
		if people(self) != people(before):
			frappe.throw(_("Only a representative can change who belongs to the organisation."), frappe.PermissionError)

	def _ask_requirements(self):
		if not self.programme or self.requirement_checks:
			return
		for row in frappe.get_cached_doc("Kyodo Programme", self.programme).requirements:
			self.append("requirement_checks", {"code": row.code, "requirement": row.requirement})
