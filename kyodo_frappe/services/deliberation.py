"""The table: whether it may decide on an item, what it decides, and what closing a meeting does."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.rules.quorum import Quorum, present_at, quorum
from kyodo_frappe.services import letters, minutes, proposals
from kyodo_frappe.services.speech import rules_speak
from kyodo_frappe.workflows.guard import move

HELD = ("In Session", "Closed", "Minutes Confirmed", "Published")
FINISHED = ("Closed", "Minutes Confirmed", "Published")


# -- quorum ----------------------------------------------------------------------


def quorum_of(meeting: Document, item: Document) -> Quorum:
	"""Whether enough members without an interest are present for an item."""
	aside = {row.user for row in meeting.recusals if row.agenda_item == item.name}
	in_room = _in_room(meeting, item)
	rows = [
		{
			"member": row.user or row.member_name,
			"side": row.side,
			"present": row.name in in_room or (meeting.document_review and row.answer == "By Document"),
			"conflicted": row.user in aside,
		}
		for row in meeting.attendance
	]
	rule = frappe.get_cached_value("Kyodo Programme", meeting.programme, "quorum_rule")
	with rules_speak():
		return quorum(rows, rule or "More Than Half")


def _in_room(meeting: Document, item: Document) -> set[str]:
	"""Attendance rows of those present when the item was called; without times, of those present at all."""
	present = [row for row in meeting.attendance if row.present]
	if not item.begins_at:
		return {row.name for row in present}
	rows = [{"member": row.name, "arrived_at": row.arrived_at, "left_at": row.left_at} for row in present]
	with rules_speak():
		return set(present_at(rows, item.begins_at))


# -- decisions -------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def record_decision(
	meeting: str,
	agenda_item: str,
	result: str,
	reasons: list | str | None = None,
	advice: str | None = None,
	conditions: str | None = None,
	amount: int | None = None,
) -> str:
	"""Note what the table decides on an item while the meeting is in session; returns the draft decision.

	`reasons`: rows {criterion, question, finding, reason, field}. Recording again replaces the note. Closing
	the meeting makes it final. Raises PermissionError, ValidationError.
	"""
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	doc.check_permission("write")
	require(OFFICER)
	item = next((row for row in doc.agenda if row.name == agenda_item), None)
	if item is None or not item.proposal:
		frappe.throw(_("This meeting has no proposal under that item of its agenda."))
	name = frappe.db.get_value("Kyodo Decision", {"meeting": meeting, "agenda_item": agenda_item, "docstatus": 0})
	decision = frappe.get_doc("Kyodo Decision", name) if name else frappe.new_doc("Kyodo Decision")
	decision.update(
		{
			"proposal": item.proposal,
			"meeting": meeting,
			"agenda_item": agenda_item,
			"result": result,
			"advice": advice,
			"conditions": conditions,
			"amount": amount,
			"reasons": frappe.parse_json(reasons) if reasons else [],
		}
	)
	decision.save()
	return decision.name


def check_before_closing(meeting: Document):
	"""Every proposal on the agenda has a decision, and each was taken by enough members without an interest."""
	drafts = _draft_decisions(meeting.name)
	undecided, short = [], []
	for item in meeting.agenda:
		if item.item_type != "Proposal":
			continue
		if item.name not in drafts:
			undecided.append(item.subject)
		else:
			counted = quorum_of(meeting, item)
			if not counted.met:
				short.append(f"{item.subject} ({_(counted.reason).format(counted.present, counted.needed)})")
	if undecided:
		frappe.throw(
			_("No decision is recorded yet for: {0}. Record one, or take the item off the agenda.").format(
				_(", ").join(undecided)
			)
		)
	if short:
		frappe.throw(_("There is no quorum for: {0}.").format(_(", ").join(short)))


def _draft_decisions(meeting: str) -> dict[str, str]:
	rows = frappe.get_all(
		"Kyodo Decision", {"meeting": meeting, "docstatus": 0}, ["agenda_item", "name"], order_by="name"
	)
	return {row.agenda_item: row.name for row in rows}


def close(meeting: Document):
	"""What closing does, all or nothing: decisions become final, proposals move, letters are issued,
	reports and evaluations are verified."""
	drafts = _draft_decisions(meeting.name)
	for item in meeting.agenda:
		if item.name in drafts:
			decision = frappe.get_doc("Kyodo Decision", drafts[item.name])
			decision.flags.ignore_permissions = True  # the meeting decides: no role may make a decision final by hand
			decision.submit()
			proposals.carry_out(decision)
			letters.issue_result(decision)
		elif item.verified:
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
		frappe.db.exists("Kyodo Meeting", {"name": ["in", meetings], "workflow_state": ["in", FINISHED]})
	)


def note_outcome(meeting: Document):
	"""Write results and quorum into the agenda, and draft the minutes where nobody has begun them."""
	results = dict(
		frappe.get_all(
			"Kyodo Decision",
			{"meeting": meeting.name, "docstatus": 0},
			["agenda_item", "result"],
			as_list=True,
			order_by="name",
		)
	)
	for item in meeting.agenda:
		item.result = results.get(item.name) or ("Verified" if item.verified else None)
		counted = quorum_of(meeting, item)
		item.quorum_note = f"{counted.present}/{counted.eligible}"
	if not meeting.minutes:
		meeting.minutes = minutes.draft(meeting)
