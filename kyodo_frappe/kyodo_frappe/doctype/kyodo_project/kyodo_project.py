"""A project that a section and its partner organisations plan, run, report and evaluate together."""

import frappe
from frappe import _
from frappe.utils import flt, getdate, nowdate

from kyodo_frappe.partnership import beginning, dissolution, expenses, parties, payments, project_years, report_figures
from kyodo_frappe.partnership.errors import DateInFuture, InvalidProjectDates, RolesMissing
from kyodo_frappe.permissions.columns import ScopedDocument
from kyodo_frappe.programme import calls
from kyodo_frappe.programme import versions as programme_versions
from kyodo_frappe.workflows.facts import WithFacts
from kyodo_frappe.workflows.states import WRITING, category_of, states

OFFICE_FIELDS = (
	"granted_amount",
	"decided_on",
	"granted_from",
	"advance_most",
	"payments",
	"published",
	"is_model_project",
	"model_reason",
	"cancel_reason",
)


class KyodoProject(WithFacts, ScopedDocument):
	"""Validates term, payments and the fields reserved for the office."""

	facts = ("has_agreement", "begins_without_agreement", "report_is_handed_in", "report_is_verified", "proposal_is_declined")

	@property
	def has_agreement(self) -> bool:
		"""Whether an agreement of both sides is in force (a fact of the workflow)."""
		return bool(frappe.db.exists("Kyodo Agreement", {"project": self.name, "workflow_state": "Concluded"}))

	@property
	def begins_without_agreement(self) -> bool:
		"""Whether the letter of the decision is enough for the project to begin (a fact of the workflow)."""
		return beginning.needs_no_agreement(self)

	@property
	def report_is_handed_in(self) -> bool:
		"""Whether the final report has been submitted (a fact of the workflow)."""
		return self._final_report(["not in", states("Kyodo Report", WRITING)])

	@property
	def report_is_verified(self) -> bool:
		"""Whether the final report has been verified (a fact of the workflow)."""
		return self._final_report("Verified")

	@property
	def proposal_is_declined(self) -> bool:
		"""Whether the organisation has declined the adoption that the project comes from (a fact of the workflow)."""
		if known := self.flags.kyodo_proposal:
			return known.workflow_state == "Declined"
		return bool(self.proposal and frappe.db.exists("Kyodo Proposal", {"name": self.proposal, "workflow_state": "Declined"}))

	def _final_report(self, state: str | list) -> bool:
		report = {"project": self.name, "report_kind": "Final", "workflow_state": state}
		return bool(frappe.db.exists("Kyodo Report", report))

	def validate(self):
		"""Raises InvalidProjectDates, MemberOfOrganisation, ValidationError, and as `payments.check_payments`."""
		programme_versions.bind(self)
		self._compute_amounts()
		if self.from_date and self.to_date and getdate(self.to_date) < getdate(self.from_date):
			frappe.throw(_("The project ends before it starts. Please correct its term."), exc=InvalidProjectDates)
		if self.has_value_changed("to_date"):
			calls.check_term(self)
		project_years.check(self)
		payments.check_grant(self)
		payments.check_payments(self)
		parties.check_no_office_fields_of_own_project(self, self, OFFICE_FIELDS)

	def _compute_amounts(self):
		"""Compute the amounts of a plan that is still being written; the portal asks for price and quantity only."""
		if category_of(self) == WRITING:
			for row in self.expenses:
				if flt(row.unit_price):
					row.amount = round(flt(row.unit_price) * flt(row.quantity or 1))

	def check_step(self, action: str, state: str, next_state: str):
		"""Check what Begin, Complete, Call Off and Close Project presuppose.

		Raises MemberOfOrganisation, RolesMissing, OrganisationNotRegistered, TooEarlyToBegin, DateInFuture, InvalidProjectDates,
		UnbalancedPayments.
		"""
		if action in ("Call Off", "Close Project") and not self.proposal_is_declined:
			parties.check_not_member(self)
		if action == "Begin":
			beginning.check(self)
			self._check_both_have_roles()
			dissolution.check_organisations_registered(self)
		elif action == "Complete":
			self._check_completed_on()
		elif action == "Close Project":
			payments.check_balance(self)

	def on_update(self):
		"""Recompute findings and open reports when the first day that counts, or payments have changed."""
		before = self.get_doc_before_save()
		if before and self.has_value_changed("decided_on"):
			expenses.refresh_findings(self.name)
			report_figures.update_open_reports(self.name)
		if before and payments.paid_amount(before) != payments.paid_amount(self):
			report_figures.update_open_reports(self.name)

	def _check_completed_on(self):
		today = getdate(nowdate())
		if getdate(self.completed_on) > today:
			frappe.throw(_("The day of completion is in the future. Please complete the project on that day or later."), exc=DateInFuture)
		# a project that ends before its planned start may be completed before it
		if self.from_date and getdate(self.completed_on) < getdate(self.from_date) <= today:
			frappe.throw(_("The day of completion is before the start of the project. Please correct it."), exc=InvalidProjectDates)

	def _check_both_have_roles(self):
		present = parties.SIDES if parties.organisations_in(self) else (parties.CITY,)
		for side in present:
			if not any(row.side == side for row in self.roles):
				frappe.throw(_("The division of roles has no role for the side “{0}”.").format(_(side)), exc=RolesMissing)
