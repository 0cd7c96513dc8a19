"""Marks that the office enters as totals, for example from a second round or a public vote (市民投票).

The programme or the call declares them, and whether they count (rules/totals.py). They belong to the proposal and the step, not to
the meeting in which they were entered.
"""

from collections.abc import Mapping

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.committee import deliberation, interests
from kyodo_frappe.committee.errors import (
	MarkAfterDecision,
	MarkAlreadyEntered,
	MeetingOver,
	NotAboutProposal,
	ReasonRequired,
	UnknownFurtherMark,
)
from kyodo_frappe.committee.meeting_record import CALLED, locked, save_own_part
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme.call_rules import in_step
from kyodo_frappe.programme.versions import rules_of_proposal
from kyodo_frappe.rules import totals
from kyodo_frappe.rules.numbers import NotATypedNumber, read_number
from kyodo_frappe.rules.points import of
from kyodo_frappe.workflows.states import category_of

ENTERED = "Kyodo Entered Mark"
COLUMNS = ("label", "out_of", "counts", "share")
SHOWN = ("points", "note", "entered_by")


def of_proposals(rules: Mapping[str, object], step: str) -> dict[str, list[dict]]:
	"""{proposal: [{label, out_of, counts, share, points, note, entered_by}]} of a step; points None where not entered.

	`rules`: {proposal: its rules, or None}. One query where any of them has further marks, else none.
	"""
	declared = {
		name: [row for row in (one.get("further_marks") if one else None) or () if in_step(row, step)] for name, one in rules.items()
	}
	wanted = [name for name, rows in declared.items() if rows]
	entered = {}
	if wanted:
		fields = ["proposal", *("label", *SHOWN)]
		for row in frappe.get_all(ENTERED, {"proposal": ["in", wanted], "step": step}, fields, order_by="creation"):
			entered[row.proposal, row.label] = row
	return {
		name: [
			frappe._dict(
				{column: row.get(column) for column in COLUMNS}
				| {column: entered.get((name, row.get("label")), {}).get(column) for column in SHOWN}
			)
			for row in rows
		]
		for name, rows in declared.items()
	}


def in_words(rows: list[dict]) -> list[str]:
	"""What was entered, as minutes and letters say it: 市民投票　32／50（来場者98人の投票）."""
	return [
		f"{row.label}　{of(row.points, row.out_of)}" + (f"（{row.note}）" if row.note else "") for row in rows if row.points is not None
	]


@frappe.whitelist(methods=["POST"])
def record(meeting: str, agenda_item: str, label: str, points: str | float, note: str = "", was: str | float | None = None) -> dict:
	"""Enter a further mark of the proposal of an agenda item. Returns {label, points, note}.

	`was`: the points that are to be corrected, as they were last shown. Raises PermissionError, NotImpartial, MeetingOver,
	MarkAfterDecision, UnknownFurtherMark, MarkAlreadyEntered (entered already, and not `was`), ReasonRequired without a note, and
	FurtherMarkOutOfScale.
	"""
	require(OFFICER)
	doc = locked(meeting, "write")
	item = next((row for row in doc.agenda if row.name == agenda_item and row.proposal), None)
	if item is None:
		frappe.throw(_("This item of the agenda is not about a proposal."), NotAboutProposal)
	interests.check_impartial(doc, item)
	deliberation.check_not_proposer(doc, agenda_item)
	_check_undecided(doc, item)
	declared = _declared(doc, item, label)
	with translate_rule_errors():
		if (value := read_number(str(points), "Float")) is None:
			raise NotATypedNumber(points)
		totals.check_entered(declared, value)
	if not (note or "").strip():
		frappe.throw(_("{0}: please note where these points come from.").format(label), ReasonRequired)
	_write(doc, item, declared, float(value), note.strip(), was)
	return {"label": label, "points": float(value), "note": note.strip()}


def _check_undecided(meeting: Document, item: Document):
	if category_of(meeting) not in CALLED:
		frappe.throw(
			_("The meeting is in the state {0}. This can no longer be entered here.").format(_(meeting.workflow_state)), MeetingOver
		)
	of_item = {"meeting": meeting.name, "agenda_item": item.name}
	of_step = {"proposal": item.proposal, "from_state": vocabulary.held_like(meeting.meeting_type)}  # in another meeting
	if any(frappe.db.exists("Kyodo Decision", {**decision, "docstatus": ["<", 2]}) for decision in (of_item, of_step)):
		frappe.throw(
			_("{0}: the decision has been recorded already. Take it back before you enter further marks.").format(item.subject),
			MarkAfterDecision,
		)


def _declared(meeting: Document, item: Document, label: str) -> dict:
	step = vocabulary.held_like(meeting.meeting_type)
	rows = rules_of_proposal(item.proposal).get("further_marks") or ()
	found = next((row for row in rows if in_step(row, step) and row.get("label") == label), None)
	if found is None:
		frappe.throw(_("{0}: the rules for this proposal know no further mark “{1}”.").format(item.subject, label), UnknownFurtherMark)
	return found


def _write(meeting: Document, item: Document, declared: dict, value: float, note: str, was: str | float | None):
	"""Add the mark, or correct it if its stored value is `was`. The row may belong to an earlier meeting of the same step."""
	step, label = vocabulary.held_like(meeting.meeting_type), declared.get("label")
	values = {"points": value, "note": note, "entered_by": frappe.session.user, "entered_on": now_datetime().replace(microsecond=0)}
	of_mark = {"proposal": item.proposal, "step": step, "label": label}
	there = frappe.db.get_value(ENTERED, of_mark, ["name", "parent", "points", "note"], as_dict=True, for_update=True)
	if there and (there.points, there.note) == (value, note):
		return
	if there and (was is None or read_number(str(was), "Float") != there.points):
		frappe.throw(
			_("{0}: {1} has been entered already, with {2} points.").format(item.subject, label, f"{there.points:g}"), MarkAlreadyEntered
		)
	if there and there.parent != meeting.name:
		frappe.db.set_value(ENTERED, there.name, values)
		return
	row = next((row for row in meeting.entered_marks if there and row.name == there.name), None)
	if row is None:
		row = meeting.append("entered_marks", {**of_mark, "agenda_item": item.name, "out_of": declared.get("out_of")})
	row.update(values)
	save_own_part(meeting)
