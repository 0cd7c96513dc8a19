"""The table: who sits there, who steps aside for an item, what is decided, and what closing a meeting does."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.rules.conflicts import conflicts
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.rules.quorum import Quorum, balance, present_at, quorum
from kyodo_frappe.services import letters, proposals
from kyodo_frappe.services.speech import RECORD_LANGUAGE, rules_speak
from kyodo_frappe.workflows.guard import move

HELD = ("In Session", "Closed", "Minutes Confirmed", "Published")
FINISHED = ("Closed", "Minutes Confirmed", "Published")


# -- members -------------------------------------------------------------------


def seats(committee: str, meeting_type: str, day) -> list[dict]:
	"""Rows of the committee that sit in a meeting of this type on that day."""
	day = getdate(day)
	step = meeting_type if meeting_type in ("Step 1", "Step 2") else None
	return [
		row
		for row in frappe.get_cached_doc("Kyodo Committee", committee).members
		if (not step or row.steps in (None, "", "Both", step))
		and (not row.from_date or getdate(row.from_date) <= day)
		and (not row.to_date or day <= getdate(row.to_date))
	]


def call_members(meeting: Document):
	"""Fill the attendance list from the committee; rows that are there keep what was entered."""
	if not meeting.committee:
		return
	known = {(row.user, row.member_name) for row in meeting.attendance}
	for seat in seats(meeting.committee, meeting.meeting_type, meeting.meeting_date or frappe.utils.nowdate()):
		if (seat.user, seat.member_name) not in known:
			meeting.append(
				"attendance",
				{
					"user": seat.user,
					"member_name": seat.member_name,
					"side": seat.side,
					"position": seat.position,
				},
			)


def balance_of(committee: Document):
	"""rules.quorum.Balance of a committee's seats, by its programme's tolerance."""
	tolerance = frappe.get_cached_value("Kyodo Programme", committee.programme, "balance_tolerance")
	rows = [{"member": row.user or row.member_name, "side": row.side, "steps": row.steps} for row in committee.members]
	with rules_speak():
		return balance(rows, tolerance or 0, "Step 1")


# -- interest --------------------------------------------------------------------


def find_recusals(meeting: Document):
	"""Members with an interest in an item, found from the data and from their own declarations."""
	meeting.set("recusals", [])
	people = {row.user: row for row in meeting.attendance if row.user}
	if not people:
		return
	organisations = _belongings("Kyodo Organisation", "Kyodo Organisation Member", people)
	sections = _belongings("Kyodo Section", "Kyodo Section Member", people)
	for item in meeting.agenda:
		concerned = _concerned(item)
		if not concerned:
			continue
		declared = _declared(item, meeting.meeting_type)
		for user, row in people.items():
			found = conflicts(
				{"user": user, "organisations": organisations.get(user, []), "sections": sections.get(user, [])},
				concerned,
			)
			reasons = [(_(reason.source, lang=RECORD_LANGUAGE).format(_subject(reason)), "Found") for reason in found]
			if user in declared:
				reasons.append((declared[user], "Declared"))
			if reasons:
				meeting.append(
					"recusals",
					{
						"agenda_item": item.name,
						"subject": item.subject,
						"user": user,
						"member_name": row.member_name,
						"reason": reasons[0][0],
						"source": reasons[0][1],
					},
				)


def _subject(reason) -> str:
	name = frappe.db.get_value("Kyodo Organisation", reason.subject, "organisation_name")
	return name or reason.subject


def _belongings(parenttype: str, child: str, people: dict) -> dict[str, list[str]]:
	found = {}
	rows = frappe.get_all(
		child,
		{"parenttype": parenttype, "user": ["in", list(people)]},
		["user", "parent"],
		order_by="parent",
	)
	for row in rows:
		found.setdefault(row.user, []).append(row.parent)
	return found


def _concerned(item: Document) -> dict | None:
	"""What rules.conflicts wants to know of an item: who wrote it, whose it is."""
	if item.proposal:
		proposal = frappe.get_doc("Kyodo Proposal", item.proposal)
		return {
			"name": proposal.name,
			"organisations": proposal.own_organisations(),
			"section": proposal.section if proposal.origin != "Organisation" else None,
			"written_by": [u for u in (proposal.owner, proposal.submitted_by) if u and u != "Administrator"],
		}
	source = item.report and ("Kyodo Report", item.report)
	source = source or (item.evaluation_round and ("Kyodo Evaluation Round", item.evaluation_round))
	if not source:
		return None
	row = frappe.db.get_value(*source, ["name", "organisation", "section"], as_dict=True)
	return {"name": row.name, "organisations": [row.organisation], "section": row.section}


def _declared(item: Document, step: str) -> dict[str, str]:
	if not item.proposal:
		return {}
	rows = frappe.get_all(
		"Kyodo Review",
		{"proposal": item.proposal, "step": step, "interest_declared": 1},
		["member", "interest_reason"],
		order_by="name",
	)
	return {row.member: row.interest_reason for row in rows}


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
		meeting.minutes = draft_minutes(meeting)


# -- minutes -----------------------------------------------------------------------


def draft_minutes(meeting: Document) -> str:
	"""The usual form of minutes (日時・場所・出席・欠席・傍聴・議題・結果・発言要旨), from what happened.

	A closed item leaves its number and legal ground only: the minutes are published.
	"""
	present = [row for row in meeting.attendance if row.present]
	absent = [row for row in meeting.attendance if not row.present]
	lines = [
		_("Date: {0} {1}", lang=RECORD_LANGUAGE).format(era_date(getdate(meeting.meeting_date)), meeting.begins_at or "").strip(),
		_("Place: {0}", lang=RECORD_LANGUAGE).format(meeting.place or "－"),
		_("Present: {0}", lang=RECORD_LANGUAGE).format(_names(present)),
		_("Absent: {0}", lang=RECORD_LANGUAGE).format(_names(absent)),
		_("Observers: {0}", lang=RECORD_LANGUAGE).format(meeting.observers or 0),
		"",
	]
	for number, item in enumerate(meeting.agenda, 1):
		lines += [*_item_minutes(meeting, number, item), ""]
	return "\n".join(lines).strip()


def _item_minutes(meeting: Document, number: int, item: Document) -> list[str]:
	if item.closed:
		return [_("Item {0}: closed ({1})", lang=RECORD_LANGUAGE).format(number, item.legal_ground or "－")]
	lines = [_("Item {0}: {1}", lang=RECORD_LANGUAGE).format(number, item.subject)]
	if item.result:
		lines.append(_("Result: {0}", lang=RECORD_LANGUAGE).format(_(item.result, lang=RECORD_LANGUAGE)))
	for row in meeting.recusals:
		if row.agenda_item == item.name:
			lines.append(_("Stepped aside: {0} ({1})", lang=RECORD_LANGUAGE).format(row.member_name, row.reason))
	if item.notes:
		lines.append(_("Discussion: {0}", lang=RECORD_LANGUAGE).format(item.notes))
	return lines


def _names(rows: list[Document]) -> str:
	return _(", ", lang=RECORD_LANGUAGE).join(row.member_name for row in rows) or "－"
