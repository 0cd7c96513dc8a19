"""Closing a meeting: what has to be settled first, and what follows, in one transaction."""

from collections import defaultdict
from collections.abc import Collection

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from kyodo_frappe.committee import amendments, deliberation, minutes_draft, reviews, selection
from kyodo_frappe.committee.errors import NotReadyToClose
from kyodo_frappe.common import audit_trail, many_records, outcome, tasks
from kyodo_frappe.letters import issue as letters
from kyodo_frappe.messages import rehearsal
from kyodo_frappe.permissions.hooks import acting_roles
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme.versions import rules_of_each
from kyodo_frappe.proposals import proposals
from kyodo_frappe.workflows.guard import move_stored
from kyodo_frappe.workflows.states import DECIDED, states

# types of items that need a decision
DECIDED_ITEMS = ("Proposal", "Correction")
# status of an item when the meeting is closed
UNDECIDED, SETTLED, POSTPONED, WITHDRAWN = "undecided", "settled", "postponed", "withdrawn"
MAX_SUBJECTS = 5
LETTERS_AT_ONCE = 5  # letters that are written within the act
LETTER = "kyodo_letter"  # the savepoint of each
WRITE_LETTERS = "kyodo_frappe.committee.closing.write_letters"
SHOWN_FROM = 5  # items of a meeting whose closing takes long enough to show how far it is


def check_before_closing(meeting: Document):
	"""Raise NotReadyToClose, listing the open points, unless every agenda item is settled.

	An item is settled when it is decided by a quorum of members without a conflict of interest, postponed, or withdrawn.
	"""
	if problems := open_points(meeting):
		frappe.throw("<br>".join(escape_html(problem) for problem in problems), NotReadyToClose)


def open_points(meeting: Document) -> list[str]:
	"""Return sentences that say why the meeting cannot be closed yet; empty if it can."""
	items = _items_by_status(meeting)
	without_quorum = {item.name: problem for item in items[SETTLED] if (problem := _quorum_problem(meeting, item))}
	lines = (
		(
			_("No decision has been recorded for: {0}. Record one, postpone the item, or remove it from the agenda."),
			[item.subject for item in items[UNDECIDED]],
		),
		(_("There is no quorum for: {0}."), list(without_quorum.values())),
		(
			_("Both decided and postponed: {0}. Drop the decision, or do not postpone the item."),
			[item.subject for item in items[POSTPONED]],
		),
		(
			_("Withdrawn by the proposer: {0}. Drop the decision recorded on it."),
			[item.subject for item in items[WITHDRAWN]],
		),
	)
	found = [sentence.format(_join_subjects(subjects)) for sentence, subjects in lines if subjects]
	with_quorum = [item for item in items[SETTLED] if item.name not in without_quorum]
	return [*found, *_vote_problems(meeting, with_quorum), *selection.open_points(meeting)]


def _items_by_status(meeting: Document) -> dict[str, list[Document]]:
	"""Return {status: agenda items}.

	POSTPONED and WITHDRAWN hold only items on which a decision is recorded nevertheless.
	"""
	drafts, withdrawn = deliberation.draft_decisions(meeting.name), withdrawn_items(meeting)
	found = defaultdict(list)
	for item in meeting.agenda:
		if item.name in withdrawn or item.postponed:
			if item.name in drafts:
				found[WITHDRAWN if item.name in withdrawn else POSTPONED].append(item)
		elif item.name in drafts or item.verified:
			found[SETTLED].append(item)
		elif item.item_type in DECIDED_ITEMS:
			found[UNDECIDED].append(item)
	return found


def _vote_problems(meeting: Document, items: list[Document]) -> list[str]:
	results = draft_results(meeting.name)
	problems = (deliberation.vote_problem(meeting, item, results[item.name]) for item in items if item.name in results)
	return [problem for problem in problems if problem is not None]


def _join_subjects(subjects: list[str]) -> str:
	"""Name the first few subjects and count the others: an agenda can have sixty items."""
	if len(subjects) <= MAX_SUBJECTS:
		return _(", ").join(subjects)
	return _("{0} and {1} more").format(_(", ").join(subjects[:MAX_SUBJECTS]), len(subjects) - MAX_SUBJECTS)


def _quorum_problem(meeting: Document, item: Document) -> str | None:
	counted = deliberation.item_quorum(meeting, item)
	if counted.met:
		return None
	return f"{item.subject} ({_(counted.reason).format(counted.present, counted.needed)})"


def withdrawn_items(meeting: Document) -> set[str]:
	"""Return the names of the items whose proposal has been withdrawn since it was put on the agenda."""
	names = [item.proposal for item in meeting.agenda if item.proposal]
	if not names:
		return set()
	withdrawn = frappe.get_all("Kyodo Proposal", {"name": ["in", names], "workflow_state": "Withdrawn"}, pluck="name", order_by="name")
	return {item.name for item in meeting.agenda if item.proposal in withdrawn}


def close(meeting: Document):
	"""Make the decisions final, move the proposals, issue the letters, and verify reports and evaluations."""
	drafts, decided = _drafts(meeting), []
	with audit_trail.written_together():
		for number, item in enumerate(meeting.agenda):
			_show_progress(number, meeting)
			if item.name in drafts:
				decision = drafts[item.name]
				decision.submit()
				outcome.note(decision.doctype, decision.name)
				decided.append((decision, _carry_out(decision)))
			elif item.verified and not item.postponed:
				verify_subject(item)
	_issue_letters(meeting, decided)
	_show_progress(len(meeting.agenda), meeting)


def _drafts(meeting: Document) -> dict[str, Document]:
	"""{agenda item: its draft decision}, each with the records by which it is checked once more: all of them read together."""
	drafts, recorded = deliberation.draft_decisions(meeting.name), deliberation.decisions_on(meeting.name)
	decisions = many_records.read_locked("Kyodo Decision", drafts.values())
	first = [decision for decision in decisions.values() if not decision.replaces]
	decided_on = many_records.read_locked("Kyodo Proposal", (decision.proposal for decision in first))
	found = _results(decided_on.values())
	for decision in decisions.values():
		decision.flags.ignore_permissions = True  # no role may submit a decision by hand
		decision.flags.kyodo_meeting = meeting
		decision.flags.kyodo_others = recorded[decision.agenda_item]
	for decision in first:
		decision.flags.kyodo_proposal = decided_on[decision.proposal]
		decision.flags.kyodo_result = found[decision.proposal]
	return {item: decisions[name] for item, name in drafts.items()}


def _results(proposals: Collection[Document]) -> dict[str, reviews.Result]:
	"""{proposal: what its marks make in the step that it is in}"""
	rules, by_step = rules_of_each(proposals), defaultdict(dict)
	for proposal in proposals:
		by_step[proposal.workflow_state][proposal.name] = rules[proposal.name]
	return {name: result for step, some in by_step.items() for name, result in reviews.results(some, step).items()}


def _carry_out(decision: Document) -> Document | None:
	"""Carry out a decision, and return the proposal that it has moved."""
	if decision.replaces:
		return amendments.carry_out(decision)
	return proposals.apply_decision(decision, decision.flags.kyodo_proposal)


def _issue_letters(meeting: Document, decided: list[tuple[Document, Document | None]]):
	"""Write the letters about the decisions in the order of the agenda: a few of them within the act, many after its commit.

	Raises MissingWording in either case. decided: [(decision, the proposal that it has moved)]
	"""
	told = [decision for decision, _moved in decided if decision.organisation]
	if len(told) <= LETTERS_AT_ONCE or rehearsal.running():
		for decision, moved in decided:
			letters.issue_result(decision, moved)
		return
	for decision in told:
		letters.check_result_worded(decision, meeting.programme)
		outcome.note(outcome.LETTERS_TO_COME, decision.name)
	tasks.later(WRITE_LETTERS, meeting, meeting=meeting.name)
	show_letters_to_come(meeting)


def write_letters(meeting: str):
	"""Write the letters about the decisions of a closed meeting that have none yet, in the order of its agenda (common/tasks.py).

	Raises tasks.Unfinished, after all the others are written, with the item and the reason of each that could not be.
	"""
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	made = dict(
		frappe.get_all("Kyodo Decision", {"meeting": meeting, "docstatus": 1}, ["agenda_item", "name"], as_list=True, order_by="name")
	)
	problems = [problem for item in doc.agenda if item.name in made and (problem := _write_letter(item, made[item.name]))]
	doc.notify_update()
	if problems:
		raise tasks.Unfinished("\n".join(problems))


def _write_letter(item: Document, decision: str) -> str | None:
	"""Write the letter about a decision, or return a sentence that says why it could not be written."""
	frappe.db.savepoint(LETTER)
	try:
		letters.issue_result(frappe.get_doc("Kyodo Decision", decision))
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise  # the database has rolled back the transaction
	except Exception as error:
		frappe.db.rollback(save_point=LETTER)
		frappe.clear_messages()
		frappe.log_error("Kyodo: a letter could not be written", reference_doctype="Kyodo Decision", reference_name=decision)
		refused = isinstance(error, frappe.ValidationError) and str(error)
		reason = (
			frappe.utils.strip_html(refused)
			if refused
			else _("an unexpected error; the administrator of this site finds it in the Error Log")
		)
		return f"{item.subject}: {' '.join(reason.split())}"
	return None


@frappe.whitelist(methods=["POST"])
def write_letters_again(meeting: str) -> None:
	"""Have the letters written that could not be, after the office has removed the cause. Raises PermissionError."""
	require(OFFICER)
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	doc.check_permission("write")
	tasks.try_again(WRITE_LETTERS, doc)


def show_letters_to_come(meeting: Document):
	"""Show in the form of a meeting that its letters are still being written, and to the office why some could not be."""
	state, problems = tasks.state_of(WRITE_LETTERS, meeting)
	meeting.set_onload("letters_to_come", state)
	if OFFICER in acting_roles(meeting):
		meeting.set_onload("letters_missing", problems)


def _show_progress(done: int, meeting: Document):
	"""Show the clerk who closes a long meeting how many items are done."""
	items = len(meeting.agenda)
	if items >= SHOWN_FROM and getattr(frappe.local, "request", None) and not rehearsal.running():
		text = _("{0} of {1} items").format(done, items)
		frappe.publish_progress(round(100 * done / items), _("Closing the meeting …"), description=text)


def verify_subject(item: Document):
	"""Verify the report (鎌倉 2(2)2(4)③) or the evaluation round of an agenda item."""
	if item.report:
		move_stored("Kyodo Report", item.report, "Verify")
	elif item.evaluation_round:
		move_stored("Kyodo Evaluation Round", item.evaluation_round, "Verify")


def was_verified(fieldname: str, name: str) -> bool:
	"""Whether a closed meeting has verified a record. `fieldname`: report or evaluation_round; `name`: of the record."""
	meetings = frappe.get_all(
		"Kyodo Agenda Item",
		{"parenttype": "Kyodo Meeting", fieldname: name, "verified": 1},
		pluck="parent",
		order_by="parent",
	)
	return bool(meetings) and bool(
		frappe.db.exists("Kyodo Meeting", {"name": ["in", meetings], "workflow_state": ["in", states("Kyodo Meeting", DECIDED)]})
	)


def record_outcome(meeting: Document):
	"""Store result and quorum with each agenda item, and draft the minutes if they are still empty."""
	results = draft_results(meeting.name)
	withdrawn = withdrawn_items(meeting)
	for item in meeting.agenda:
		item.result = _item_result(item, results, withdrawn)
		counted = deliberation.item_quorum(meeting, item)
		item.quorum_note = f"{counted.present}/{counted.eligible}"
	if not meeting.minutes:
		meeting.minutes = minutes_draft.draft(meeting)
		outcome.note(outcome.MINUTES, meeting.name)


def draft_results(meeting: str) -> dict[str, str]:
	"""Return {agenda item: result} of the draft decisions of a meeting."""
	rows = frappe.get_all("Kyodo Decision", {"meeting": meeting, "docstatus": 0}, ["agenda_item", "result"], order_by="name")
	return {row.agenda_item: row.result for row in rows}


def _item_result(item: Document, results: dict[str, str], withdrawn: set[str]) -> str | None:
	if item.name in withdrawn:
		return "Withdrawn"
	if item.postponed:
		return "Postponed"
	return results.get(item.name) or ("Verified" if item.verified else None)
