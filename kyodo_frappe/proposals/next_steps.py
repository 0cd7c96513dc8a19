"""The next steps of a proposal: what happens, who acts, and when (design.md §7)."""

import datetime
from dataclasses import asdict, dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.programme import calls, deadlines, form
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import budget_checks, consents, early_start, later_documents, proposals, reproposal, reserve
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.workflows.states import EXAMINED, UNDECIDED, WAITING, WRITING, category_of, states


@dataclass(frozen=True)
class NextStep:
	"""A step to come. text: one sentence; actor: "organisation", "office", "section" or "meeting"; on: the day, None where unknown."""

	text: str
	actor: str
	on: datetime.date | None = None


@frappe.whitelist(methods=["GET"])
def form_summary(proposal: str) -> dict:
	"""Return what the desk shows above a proposal. Raises PermissionError without the right to read it.

	{next: [{text, actor, on}], missing: [heading], obstacles: [sentence], parts: [{value, label}] that a correction can name, fields:
	[{name, label, help}] in the words of the form it was handed in under, changes: [{field, label, parts, remarks}], computation:
	[sentence] of what may be paid, early_start: the sentence of a request that the office has to answer, or None}
	"""
	doc = frappe.get_doc("Kyodo Proposal", proposal)
	doc.check_permission("read")
	writing = category_of(doc) == WRITING
	return {
		"next": [{"text": step.text, "actor": step.actor, "on": era_date(step.on) if step.on else ""} for step in next_steps(doc)],
		"missing": proposals.missing_parts(doc) if writing else [],
		"obstacles": _obstacles(doc),
		"parts": [{"value": name, "label": label} for name, label in proposals.correctable_fields(doc)],
		"fields": [{"name": field.name, "label": field.label, "help": field.help} for field in form.fields_of(doc)],
		"changes": [asdict(change) for change in reproposal.changes(doc)],
		"computation": budget_checks.computation(doc) or [],
		"early_start": early_start.request_in_words(doc) if early_start.is_waiting(doc) else None,
	}


def _obstacles(doc: Document) -> list[str]:
	if category_of(doc) == WRITING:
		return [obstacle.sentence for obstacle in proposals.obstacles(doc)]
	return consents.unconfirmed_paper(doc) if doc.workflow_state == "Submitted" else []


def next_steps(proposal: Document) -> list[NextStep]:
	"""Return the steps to come, the nearest first; empty for a proposal that waits for nothing."""
	steps_of = STEPS_OF_STATE.get(proposal.workflow_state) or STEPS_OF_CATEGORY.get(category_of(proposal))
	return steps_of(proposal) if steps_of else []


def _draft(proposal: Document) -> list[NextStep]:
	found = [NextStep(_("You write the proposal and hand it in. There is no hurry; the draft is kept."), "organisation")]
	if call := calls.call_of(proposal):
		found = [*_closing(call), *found]  # a call has days of its own
	elif proposal.needs_budget:
		found = [*_budget_deadline(proposal), *found]
	return found


def _closing(call: dict) -> list[NextStep]:
	if not call.closes_on:
		return []
	return [
		NextStep(_("It has to be handed in before the call closes: {0}.").format(call.call_name), "organisation", getdate(call.closes_on))
	]


def _budget_deadline(proposal: Document) -> list[NextStep]:
	year = deadlines.round_of(rules_of(proposal), True, proposal.first_submitted_on or nowdate())
	due = deadlines.due(rules_of(proposal), deadlines.BUDGET_PROPOSAL, year=year)
	if due is None:
		return []
	rule = deadlines.rule_of(rules_of(proposal), deadlines.BUDGET_PROPOSAL)
	if proposals.is_late(proposal):
		text = _("{0} has passed for this year. If you hand in the proposal now, it is decided in the next round.").format(rule.label)
	else:
		text = _("To be considered for the next budget, it has to be handed in by this deadline: {0}.").format(rule.label)
	return [NextStep(text, "organisation", due)]


def _submitted(proposal: Document) -> list[NextStep]:
	answer = deadlines.due(rules_of(proposal), "Answer", event_date=proposal.submitted_on)
	return [
		NextStep(_("The office checks whether anything is missing, and receives the proposal or asks for corrections."), "office", answer)
	]


def _returned(proposal: Document) -> list[NextStep]:
	return [NextStep(_("You correct what the office asks for, and hand the proposal in again."), "organisation")]


def _received(proposal: Document) -> list[NextStep]:
	programme = rules_of(proposal)
	consultation = NextStep(
		_("You discuss the proposal with the section in charge and the office; the section writes its opinion."), "section"
	)
	return [*([consultation] if programme.consultation_required else []), *_documents_to_come(proposal), *_meeting(proposal, "Step 1")]


def _in_consultation(proposal: Document) -> list[NextStep]:
	consultation = NextStep(
		_("You discuss the proposal with the section in charge and the office; the section writes its opinion."), "section"
	)
	return [consultation, *_documents_to_come(proposal), *_meeting(proposal, "Step 1")]


def _documents_to_come(proposal: Document) -> list[NextStep]:
	if not later_documents.are_asked(proposal):
		return []
	text = _("After the talk you write again: the office asks for the documents, and you hand them in.")
	return [NextStep(text, "organisation", later_documents.due_on(proposal))]


def _writing_documents(proposal: Document) -> list[NextStep]:
	text = _("You write the documents that are asked for after the section talk, and hand them in.")
	due = proposal.documents_due_on and getdate(proposal.documents_due_on)
	return [NextStep(text, "organisation", due or None), *_meeting(proposal, "Step 1")]


def _documents_handed_in(proposal: Document) -> list[NextStep]:
	return [
		NextStep(_("The office checks the documents and passes the proposal on to the meeting."), "office"),
		*_meeting(proposal, "Step 1"),
	]


def _step_1(proposal: Document) -> list[NextStep]:
	return _meeting(proposal, "Step 1")


def _step_2(proposal: Document) -> list[NextStep]:
	found = _meeting(proposal, "Step 2")
	due = deadlines.due(rules_of(proposal), deadlines.STEP_2, year=proposal.fiscal_year)
	if due and not found[0].on and due >= getdate(nowdate()):
		found = [NextStep(found[0].text, "meeting", due)]
	return found


def _pending_budget(proposal: Document) -> list[NextStep]:
	return [NextStep(_("The city council votes on the budget. The adoption becomes final when the budget is passed."), "office")]


def _adopted(proposal: Document) -> list[NextStep]:
	if rules_of(proposal).get("without_agreement"):
		return [NextStep(_("The project begins with the letter of the decision. No agreement is needed."), "section")]
	return [NextStep(_("You and the section in charge write the plan and the agreement together."), "section")]


def _reserve(proposal: Document) -> list[NextStep]:
	text = _("You are on the reserve list (rank {0}). If money becomes free, the office decides whether to adopt the proposal after all.")
	return [NextStep(text.format(reserve.rank_of(proposal)), "office")]


def _not_adopted(proposal: Document) -> list[NextStep]:
	return [NextStep(_("You can propose again: a new draft starts with this text, and the advice is shown beside it."), "organisation")]


def _meeting(proposal: Document, step: str) -> list[NextStep]:
	"""The meeting that has the proposal on its agenda, or else the next meeting of that step."""
	committee = frappe.get_cached_value("Kyodo Programme", proposal.programme, "committee_name") or _("the committee")
	meeting, item = frappe.qb.DocType("Kyodo Meeting"), frappe.qb.DocType("Kyodo Agenda Item")
	coming = (
		frappe.qb.from_(meeting)
		.select(meeting.meeting_date)
		.where(meeting.meeting_date >= nowdate())
		.where(meeting.workflow_state.isin(states("Kyodo Meeting", *UNDECIDED)))
		.orderby(meeting.meeting_date)
		.limit(1)
	)
	on_agenda = (
		coming.join(item)
		.on((item.parent == meeting.name) & (item.parenttype == "Kyodo Meeting"))
		.where(item.proposal == proposal.name)
		.run()
	)
	if on_agenda:
		return [NextStep(_("{0} hears and examines the proposal.").format(committee), "meeting", on_agenda[0][0])]
	planned = coming.where((meeting.programme == proposal.programme) & meeting.meeting_type.isin(vocabulary.types_held_like(step))).run()
	text = _("{0} examines the proposal. You will be notified when it is on the agenda.").format(committee)
	return [NextStep(text, "meeting", planned[0][0] if planned else None)]


STEPS_OF_STATE = {
	"Draft": _draft,
	"Submitted": _submitted,
	"Returned": _returned,
	"Received": _received,
	"In Consultation": _in_consultation,
	"Writing Documents": _writing_documents,
	"Documents Handed In": _documents_handed_in,
	"Step 1": _step_1,
	"Step 2": _step_2,
	"Pending Budget": _pending_budget,
	"Reserve": _reserve,
	"Adopted": _adopted,
	"Not Adopted": _not_adopted,
}
# for states that a city has added
STEPS_OF_CATEGORY = {WRITING: _returned, WAITING: _submitted, EXAMINED: _step_1}
