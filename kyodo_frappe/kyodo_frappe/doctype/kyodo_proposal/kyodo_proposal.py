import frappe
from frappe import _
from frappe.utils import cint, flt, getdate, now_datetime, nowdate

from kyodo_frappe.common import corrections
from kyodo_frappe.permissions.roles import OFFICER
from kyodo_frappe.programme import call_conditions, call_rules, calls, form, years
from kyodo_frappe.programme import versions as programme_versions
from kyodo_frappe.programme.deadlines import round_of
from kyodo_frappe.proposals import advice, consents, decisions, declining, later_documents, proposals, reserve
from kyodo_frappe.proposals.errors import CallNotAvailable
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.workflows.facts import WithFacts
from kyodo_frappe.workflows.states import WRITING, category_of


class KyodoProposal(WithFacts):
	"""A proposal of an organisation, the city, or both (提案)."""

	facts = (
		"last_result",
		"two_step_decision",
		"consultation_required",
		"section_has_answered",
		"awaits_budget_vote",
		"documents_after_talk",
	)

	@property
	def last_result(self) -> str | None:
		"""The result of the last decision, if it was made in the current state."""
		return decisions.result_in_state(self)

	@property
	def two_step_decision(self) -> int:
		"""Whether the rules of the proposal decide it in two steps."""
		return self._rule("two_step_decision")

	@property
	def awaits_budget_vote(self) -> bool:
		"""Whether a reserve that is moved up still waits for the vote on the budget."""
		return bool(self._rule("budget_vote") and self.needs_budget and not self.budget_voted_on)

	@property
	def documents_after_talk(self) -> bool:
		"""Whether the rules of the proposal ask for documents after the section talk."""
		return later_documents.are_asked(self)

	@property
	def consultation_required(self) -> int:
		"""Whether the rules of the proposal require a consultation with the section (担当課協議)."""
		return self._rule("consultation_required")

	@property
	def section_has_answered(self) -> bool:
		"""Whether the section in charge has written its opinion in a consultation."""
		answered = {"proposal": self.name, "kind": "Section Talk", "opinion": ["is", "set"]}
		return bool(frappe.db.exists("Kyodo Consultation", answered))

	def before_insert(self):
		self.fiscal_year = fiscal_year(getdate())
		if OFFICER not in frappe.get_roles():
			self.intake = "Online"

	def validate(self):
		self._keep_acknowledged_text()
		self._add_up()
		self._check_call()
		call_conditions.check_own_project(self)
		later_documents.check_edit(self)
		form.check_lengths(self)
		if self.corrections:
			corrections.set_field_labels(self, form.headings(self))
		if category_of(self) == WRITING:
			self.fiscal_year = self._year()
			years.update_rows(self)
		self._void_consents_of_others()
		if self.has_value_changed("advice_access"):
			self.advice_asked_on = now_datetime().replace(microsecond=0) if self.advice_access else None

	def on_update(self):
		if self.advice_access and self.has_value_changed("advice_access"):
			advice.notify_support_centre(self)
		consents.notify_new_partners(self)
		consents.notify_objection(self)

	def own_organisations(self) -> list[str]:
		"""Return the organisation that proposes, and its partners."""
		return [name for name in (self.organisation, *(row.organisation for row in self.partners)) if name]

	def own_people(self) -> set[str]:
		"""Return the users for whom this record is their own (four eyes): the writer, and the members of its organisations."""
		organisations = self.own_organisations()
		members = (
			frappe.get_all(
				"Kyodo Organisation Member",
				{"parenttype": "Kyodo Organisation", "parent": ["in", organisations]},
				pluck="user",
				order_by="user",
			)
			if organisations
			else []
		)
		return {self.owner, self.submitted_by, *members} - {None}

	def check_step(self, action: str, state: str, next_state: str):
		"""Check and prepare a transition of the workflow. Raises the refusals of proposals/errors.py and programme/errors.py."""
		if action in ("Submit", "Hand In Documents"):
			call_rules.hold(self.call)
			proposals.check_ready(self)
		if action == "Submit":
			programme_versions.bind(self)
			self.first_submitted_on = self.first_submitted_on or now_datetime().replace(microsecond=0)
		elif action in ("Return", "Return Documents"):
			corrections.check_reason(self)
		elif action == "Ask for Documents":
			later_documents.ask(self)
		elif action == "Hand In Documents":
			later_documents.hand_in(self)
		elif action == "Refer to Step 1":
			later_documents.check_handed_in(self)
			corrections.settle(self)
		elif action == "Receive":
			consents.check_paper_confirmed(self)
			corrections.settle(self)
		elif (action or "").startswith("Move Up"):  # None for a step that a city has added
			reserve.check_move_up(self)
		elif action == "Decline":
			declining.check(self)

	def _rule(self, name: str) -> int:
		return cint(getattr(programme_versions.rules_of(self), name)) if self.programme else 0

	def _handed_in_on(self) -> str:
		"""The day that counts for deadlines: a proposal that came in time stays so when it is corrected."""
		return str(self.first_submitted_on or nowdate())[:10]

	def _year(self) -> int:
		"""The fiscal year in which it is decided: of its call, or of the round of the day on which it was handed in."""
		if call := calls.call_of(self):
			return call.fiscal_year
		return round_of(programme_versions.rules_of(self), bool(self.needs_budget), self._handed_in_on())

	def _check_call(self):
		"""Raise CallNotAvailable for a call of another programme, or, outside the office, an unpublished one."""
		if not self.call or not self.has_value_changed("call"):
			return
		wanted = {"name": self.call, "programme": self.programme}
		if OFFICER not in frappe.get_roles():
			wanted["published"] = 1
		if not frappe.db.exists("Kyodo Call", wanted):
			frappe.throw(_("Please choose one of the published calls."), exc=CallNotAvailable)

	def _void_consents_of_others(self):
		"""Void the consent of a section, partner or organisation that has been replaced by another."""
		before = self.get_doc_before_save()
		if before is None:
			return
		if before.section_consented_on and (before.section, before.origin) != (self.section, self.origin):
			self.section_consented_on = self.section_consented_by = None
		if before.confirmed_on and before.organisation != self.organisation:
			self.confirmed_on = self.confirmed_by = None
		named = {row.name: row.organisation for row in before.partners}
		for row in self.partners:
			if row.consented_on and named.get(row.name, row.organisation) != row.organisation:
				row.consented_on = row.consented_by = None

	def _keep_acknowledged_text(self):
		"""Keep the definition as it read when the proposers acknowledged it (鎌倉 2(2)1(3))."""
		before = self.get_doc_before_save()
		if not self.acknowledged_on:
			self.acknowledged_by = self.acknowledged_text = None
		elif not (before and before.acknowledged_on):
			self.acknowledged_on = now_datetime().replace(microsecond=0)
			self.acknowledged_by = frappe.session.user
			self.acknowledged_text = frappe.get_cached_value("Kyodo Programme", self.programme, "definition")

	def _add_up(self):
		for row in self.expenses:
			if row.unit_price:
				row.amount = round(flt(row.unit_price) * flt(row.quantity or 1))
		self.total_expenses = sum(flt(row.amount) for row in self.expenses)
		self.total_income = sum(flt(row.amount) for row in self.income)
