import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate

from kyodo_frappe.committee import amendments, deliberation, entered_marks, interests, item_points, reviews, yearly_grants
from kyodo_frappe.committee.errors import (
	AlreadyDecided,
	AmountExceedsPayable,
	AmountExceedsRequest,
	FurtherMarkMissing,
	InvalidRank,
	InvalidResult,
	MeetingOver,
	NotOnAgenda,
	ReasonRequired,
	VotesContradictResult,
)
from kyodo_frappe.common import vocabulary
from kyodo_frappe.letters import wording
from kyodo_frappe.permissions.columns import ScopedDocument
from kyodo_frappe.programme import call_budget, payable
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import reserve
from kyodo_frappe.rules import points, totals
from kyodo_frappe.rules.era import fiscal_year

DECIDABLE = ("Step 1", "Step 2")


class KyodoDecision(ScopedDocument):
	"""The decision of a meeting on an agenda item; final when the meeting closes (design.md §4).

	Who closes a meeting has what its decisions are checked by in hand: `flags.kyodo_meeting`, `kyodo_proposal`, `kyodo_result` (of the
	marks) and `kyodo_others` (decisions on the same item). Requests cannot set `flags`.
	"""

	def before_insert(self):
		self.fiscal_year = fiscal_year(getdate())

	def validate(self):
		meeting = self._meeting()
		if self.docstatus == 0 and meeting.workflow_state != "In Session":
			frappe.throw(_("A decision is recorded while its meeting is in session."), MeetingOver)
		item = self._agenda_item(meeting)
		if self.docstatus == 0:
			interests.check_impartial(meeting, item)
		self.replaces = item.corrects or None
		self._set_from_proposal()
		self._set_from_meeting(meeting, item)
		self._check_result()
		self._check_further_marks()
		self._check_below_pass_mark()
		self._check_rank()
		self._check_amount()
		call_budget.check_budget(self)
		self._check_votes(meeting, item)

	def before_submit(self):
		if self._meeting().workflow_state != "Closed":
			frappe.throw(_("A decision becomes final when its meeting is closed."), frappe.PermissionError)

	def before_cancel(self):
		frappe.throw(
			_("A decision of a meeting cannot be cancelled. It can be corrected by a new decision of a meeting."),
			frappe.PermissionError,
		)

	def on_trash(self):
		if self.docstatus == 1:
			frappe.throw(_("A decision of a meeting cannot be deleted."), frappe.PermissionError)
		meeting = frappe.get_doc("Kyodo Meeting", self.meeting)
		if item := next((row for row in meeting.agenda if row.name == self.agenda_item), None):
			interests.check_impartial(meeting, item)

	def _meeting(self) -> Document:
		"""The meeting of the decision."""
		return self.flags.kyodo_meeting or frappe.get_doc("Kyodo Meeting", self.meeting)

	def _agenda_item(self, meeting: Document) -> Document:
		item = next((row for row in meeting.agenda if row.name == self.agenda_item), None)
		proposal = item and (item.proposal or amendments.proposal_of(item))
		if not proposal or proposal != self.proposal:
			frappe.throw(_("A decision needs an item of the meeting's agenda about this proposal."), NotOnAgenda)
		others = self.flags.kyodo_others
		if others is None:
			others = deliberation.decisions_on(self.meeting, self.agenda_item)
		if other := next((name for name in others if name != self.name), None):
			frappe.throw(_("A decision on this item has already been recorded: {0}.").format(other), AlreadyDecided)
		return item

	def _set_from_proposal(self):
		proposal = self._proposal = self.flags.kyodo_proposal or frappe.get_doc("Kyodo Proposal", self.proposal)
		if self.replaces:
			amendments.check_correction(self, proposal.workflow_state)
		elif proposal.workflow_state not in DECIDABLE:
			frappe.throw(
				_("“{0}” is in the state {1}. The meeting cannot decide on it.").format(proposal.title, _(proposal.workflow_state)),
				exc=InvalidResult,
			)
		self.from_state = proposal.workflow_state
		self.organisation = proposal.organisation
		self.section = proposal.section

	def _set_from_meeting(self, meeting: Document, item: Document):
		self.committee = meeting.committee
		self.decided_on = meeting.meeting_date
		self.fiscal_year = meeting.fiscal_year
		counted = deliberation.item_quorum(meeting, item)
		self.members_eligible = counted.eligible
		self.members_present = counted.present
		self.members_aside = len(interests.recused(meeting, item))
		result = self.flags.kyodo_result or reviews.results({self.proposal: rules_of(self._proposal)}, self._step())[self.proposal]
		self._passed, self._score, self._further = result.passed, result.summary.score, result.further
		self.average_score = result.summary.average or 0
		self.score_points, self.score_out_of = (self._score.points, self._score.out_of) if self._score else (0, 0)
		self.score_note = "\n".join(entered_marks.in_words(self._further))
		self.set("points", item_points.of_result(result, self._step()))

	def _step(self) -> str:
		return amendments.step_of(self) if self.replaces else self.from_state

	def _check_result(self):
		if self.result and self.result not in amendments.STATE_BY_RESULT:
			frappe.throw(_("“{0}”: please choose one of the answers.").format(_("Result")), InvalidResult)
		rules = rules_of(self._proposal)
		self._check_passed_on(rules.two_step_decision)
		if self.result in ("Adopted", "Adopted Conditionally") and rules.budget_vote and self._proposal.needs_budget:
			frappe.throw(
				_("In this programme an adoption that needs city funds is subject to the budget vote. Please choose “{0}”.").format(
					vocabulary.word(vocabulary.RESULT, "Adopted Pending Budget")
				),
				InvalidResult,
			)
		if self.result == "Not Adopted" and not self.reasons:
			frappe.throw(_("Please give the reasons. The proposers are told why the proposal was turned down."), ReasonRequired)
		if self.result == "Adopted Conditionally" and not (self.conditions or "").strip():
			frappe.throw(_("Please state the conditions of the adoption."), ReasonRequired)

	def _check_passed_on(self, two_steps: int):
		is_first_of_two = two_steps and self._step() == "Step 1"
		if self.result == "Passed to Step 2" and not is_first_of_two:
			frappe.throw(_("Only step 1 of a two-step decision can pass a proposal on to step 2."), InvalidResult)
		if is_first_of_two and (self.result.startswith("Adopted") or self.result == reserve.RESERVE):
			frappe.throw(_("This programme decides in two steps: step 1 passes the proposal on or turns it down."), InvalidResult)

	def _check_further_marks(self):
		"""Raise FurtherMarkMissing for a favourable decision before the further marks that count have been entered."""
		if self.result != "Not Adopted" and (names := totals.missing(self._further)):
			frappe.throw(
				_("{0}: please enter the points first that count for the result: {1}.").format(
					self.proposal_title or self.proposal, _(", ").join(names)
				),
				FurtherMarkMissing,
			)

	def _check_below_pass_mark(self):
		"""Raise ReasonRequired for an adoption, or a place on the reserve list, that the marks do not support, without a reason."""
		favourable = self.result in (*call_budget.ADOPTED, reserve.RESERVE)
		if not favourable or self._passed is not False:
			self.below_reason = None
		elif not (self.below_reason or "").strip():
			rules = rules_of(self._proposal)
			mark = f"{rules.pass_mark:g}{'％' if cint(rules.pass_mark_percent) else ''}" if rules.pass_mark else "－"
			frappe.throw(
				_(
					"{0}: by its marks (average {1}, pass mark {2}) the proposal does not pass. Please give the reason in “{3}”; it goes into minutes and letter."
				).format(
					self.proposal_title or self.proposal,
					points.of_score(self._score),
					mark,
					_(self.meta.get_label("below_reason")),
				),
				ReasonRequired,
			)

	def _check_rank(self):
		"""Raise InvalidRank for a reserve without a rank, or with that of another one in the same line."""
		if self.result != reserve.RESERVE:
			return
		proposal = self._proposal
		wording.require_row(frappe.get_cached_doc("Kyodo Programme", proposal.programme), reserve.RESERVE)
		taken = {row.rank: row.title for row in reserve.line_of(proposal, noted=True) if row.name != self.proposal}
		free = next(rank for rank in range(1, len(taken) + 2) if rank not in taken)
		if cint(self.rank) < 1:
			frappe.throw(
				_("{0}: please enter the rank on the reserve list. The next free one is {1}.").format(
					self.proposal_title or self.proposal, free
				),
				InvalidRank,
			)
		if cint(self.rank) in taken:
			frappe.throw(
				_("{0}: rank {1} on the reserve list is that of “{2}”. The next free one is {3}.").format(
					self.proposal_title or self.proposal, self.rank, taken[cint(self.rank)], free
				),
				InvalidRank,
			)

	def _check_amount(self):
		proposal = self._proposal
		yearly_grants.set_rows(self, proposal)
		requested = cint(proposal.requested_amount)
		if requested and cint(self.amount) > requested:
			frappe.throw(
				_("{0}: {1} yen exceed the {2} yen requested.").format(
					self.proposal_title or self.proposal, f"{cint(self.amount):,}", f"{requested:,}"
				),
				AmountExceedsRequest,
			)
		found = payable.of_proposal(proposal)
		if found.limit is not None and cint(self.amount) > found.limit:
			frappe.throw(
				_("{0}: {1} yen are {2} yen more than can be paid. {3}").format(
					self.proposal_title or self.proposal,
					f"{cint(self.amount):,}",
					f"{cint(self.amount) - found.limit:,}",
					payable.explain(found),
				),
				AmountExceedsPayable,
			)

	def _check_votes(self, meeting: Document, item: Document):
		"""The decision follows the vote, if there was one."""
		if problem := deliberation.vote_problem(meeting, item, self.result):
			frappe.throw(problem, VotesContradictResult)
		votes = deliberation.item_votes(meeting, item)
		self.votes_note = str(votes) if votes else None
