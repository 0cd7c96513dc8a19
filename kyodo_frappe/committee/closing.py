"""What closing a meeting asks before, and does: all or nothing, in one transaction."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from kyodo_frappe.committee import amendments, deliberation, minutes, selection
from kyodo_frappe.letters import issue as letters
from kyodo_frappe.proposals import proposals
from kyodo_frappe.workflows.guard import move
from kyodo_frappe.workflows.states import DECIDED as OUTCOME
from kyodo_frappe.workflows.states import states

# items on which the meeting decides
DECIDED = ("Proposal", "Correction")
# what an item is when the meeting is to be closed
UNDECIDED, SETTLED, POSTPONED, WITHDRAWN = "undecided", "settled", "postponed", "withdrawn"
MOST_NAMED = 5


def check_before_closing(meeting: Document):
	"""Every item is settled: decided by enough members without an interest, postponed, or withdrawn."""
	if problems := open_points(meeting):
		frappe.throw("<br>".join(escape_html(problem) for problem in problems))


def open_points(meeting: Document) -> list[str]:
	"""Sentences that say what stands between the meeting and its close."""
	items = _by_standing(meeting)
	short = {item.name: problem for item in items[SETTLED] if (problem := _quorum_problem(meeting, item))}
	lines = (
		(
			_("No decision is recorded yet for: {0}. Record one, postpone the item, or take it off the agenda."),
			[item.subject for item in items[UNDECIDED]],
		),
		(_("There is no quorum for: {0}."), list(short.values())),
		(
			_("Decided and postponed at once: {0}. Drop the decision, or do not postpone the item."),
			[item.subject for item in items[POSTPONED]],
		),
		(
			_("Withdrawn by its proposer: {0}. Drop the decision that is noted on it."),
			[item.subject for item in items[WITHDRAWN]],
		),
	)
	found = [sentence.format(_named(subjects)) for sentence, subjects in lines if subjects]
	with_quorum = [item for item in items[SETTLED] if item.name not in short]
	return [*found, *_wrong_votes(meeting, with_quorum), *selection.open_points(meeting)]


def _by_standing(meeting: Document) -> dict[str, list[Document]]:
	"""{UNDECIDED, SETTLED; POSTPONED, WITHDRAWN though a decision is noted: items of the agenda}"""
	drafts, withdrawn = deliberation.drafts_of(meeting.name), withdrawn_items(meeting)
	found = defaultdict(list)
	for item in meeting.agenda:
		if item.name in withdrawn or item.postponed:
			if item.name in drafts:
				found[WITHDRAWN if item.name in withdrawn else POSTPONED].append(item)
		elif item.name in drafts or item.verified:
			found[SETTLED].append(item)
		elif item.item_type in DECIDED:
			found[UNDECIDED].append(item)
	return found


def _wrong_votes(meeting: Document, items: list[Document]) -> list[str]:
	results = results_of(meeting.name)
	problems = (deliberation.votes_problem(meeting, item, results[item.name]) for item in items if item.name in results)
	return [problem for problem in problems if problem is not None]


def _named(subjects: list[str]) -> str:
	"""The first few of them by name, the others by number: an agenda can have sixty."""
	if len(subjects) <= MOST_NAMED:
		return _(", ").join(subjects)
	return _("{0} and {1} more").format(_(", ").join(subjects[:MOST_NAMED]), len(subjects) - MOST_NAMED)


def _quorum_problem(meeting: Document, item: Document) -> str | None:
	counted = deliberation.quorum_of(meeting, item)
	if counted.met:
		return None
	return f"{item.subject} ({_(counted.reason).format(counted.present, counted.needed)})"


def withdrawn_items(meeting: Document) -> set[str]:
	"""Items whose proposal its proposer has withdrawn since it was put on the agenda."""
	names = [item.proposal for item in meeting.agenda if item.proposal]
	if not names:
		return set()
	gone = frappe.get_all("Kyodo Proposal", {"name": ["in", names], "workflow_state": "Withdrawn"}, pluck="name", order_by="name")
	return {item.name for item in meeting.agenda if item.proposal in gone}


def close(meeting: Document):
	"""What closing does, all or nothing: decisions become final, proposals move, letters are issued,
	reports and evaluations are verified."""
	drafts = deliberation.drafts_of(meeting.name)
	for item in meeting.agenda:
		if item.name in drafts:
			decision = frappe.get_doc("Kyodo Decision", drafts[item.name])
			decision.flags.ignore_permissions = True  # the meeting decides: no role may make a decision final by hand
			decision.submit()
			amendments.carry_out(decision) if decision.replaces else proposals.apply_decision(decision)
			letters.issue_result(decision)
		elif item.verified and not item.postponed:
			verify(item)


def verify(item: Document):
	"""The meeting verifies a report (鎌倉 2(2)2(4)③) or an evaluation."""
	if item.report:
		move(frappe.get_doc("Kyodo Report", item.report), "Verify")
	elif item.evaluation_round:
		move(frappe.get_doc("Kyodo Evaluation Round", item.evaluation_round), "Verify")


def was_verified(fieldname: str, name: str) -> bool:
	"""Whether a closed meeting has verified the record named in `fieldname` (report, evaluation_round)."""
	meetings = frappe.get_all(
		"Kyodo Agenda Item",
		{"parenttype": "Kyodo Meeting", fieldname: name, "verified": 1},
		pluck="parent",
		order_by="parent",
	)
	return bool(meetings) and bool(
		frappe.db.exists("Kyodo Meeting", {"name": ["in", meetings], "workflow_state": ["in", states("Kyodo Meeting", OUTCOME)]})
	)


def note_outcome(meeting: Document):
	"""Write results and quorum into the agenda, and draft the minutes where nobody has begun them."""
	results = results_of(meeting.name)
	withdrawn = withdrawn_items(meeting)
	for item in meeting.agenda:
		item.result = _outcome(item, results, withdrawn)
		counted = deliberation.quorum_of(meeting, item)
		item.quorum_note = f"{counted.present}/{counted.eligible}"
	if not meeting.minutes:
		meeting.minutes = minutes.draft(meeting)


def results_of(meeting: str) -> dict[str, str]:
	"""{agenda item: result} of what is noted."""
	rows = frappe.get_all("Kyodo Decision", {"meeting": meeting, "docstatus": 0}, ["agenda_item", "result"], order_by="name")
	return {row.agenda_item: row.result for row in rows}


def _outcome(item: Document, results: dict[str, str], withdrawn: set[str]) -> str | None:
	if item.name in withdrawn:
		return "Withdrawn"
	if item.postponed:
		return "Postponed"
	return results.get(item.name) or ("Verified" if item.verified else None)
