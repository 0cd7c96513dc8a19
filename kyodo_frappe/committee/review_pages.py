"""A member's own marks: one proposal after the other, and afterwards what all members say."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.committee import reviews as marking
from kyodo_frappe.common import vocabulary
from kyodo_frappe.programme.versions import Rules, rules_of
from kyodo_frappe.proposals import reproposal
from kyodo_frappe.web import forms
from kyodo_frappe.web.blocks import MOST, sheet_of, titles_of
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import UNDECIDED, category_of

# a scale of so many points is radio buttons; above, a number is typed
MOST_BUTTONS = 5


def reviews() -> dict:
	rows = my_sheets()
	return {
		"title": _("Proposals to mark"),
		"waiting": [row for row in rows if row.open],
		"done": [row for row in rows if not row.open],
	}


def my_sheets(proposals: list[str] | None = None, meeting: Document | None = None) -> list[dict]:
	"""One's own sheets in the order of the agenda, and whether each can be marked now; of a meeting, if one is given."""
	if not frappe.has_permission("Kyodo Review", "read"):
		return []
	rows = _stored_sheets(proposals, meeting)
	names = sorted({row.meeting for row in rows if row.meeting})
	titles = titles_of("Kyodo Proposal", "title", [row.proposal for row in rows])
	places, meetings = _places(names), _meetings(names)
	for row in rows:
		held = meetings.get(row.meeting) or frappe._dict()
		row.title = titles.get(row.proposal)
		row.meeting_date, row.mark_by = held.meeting_date, held.mark_by
		row.place = places.get((row.meeting, row.proposal))
		done = row.submitted_on or row.not_counted or row.released
		row.open = bool(row.place and not done and not marking.why_closed(held))
	# the agenda's order within a meeting, the next meeting first
	rows.sort(key=lambda row: (row.place or 0, row.name))
	rows.sort(key=lambda row: str(row.meeting_date or ""), reverse=True)
	return rows


def _stored_sheets(proposals: list[str] | None, meeting: Document | None) -> list[dict]:
	filters = {"member": frappe.session.user}
	if meeting is not None:
		filters.update(proposal=["in", proposals or [""]], step=vocabulary.held_like(meeting.meeting_type))
	return frappe.get_list(
		"Kyodo Review",
		filters,
		["name", "proposal", "step", "submitted_on", "not_counted", "meeting", "released", "total"],
		order_by="creation desc",
		limit=MOST * 4,
	)


def _meetings(names: list[str]) -> dict[str, dict]:
	rows = frappe.get_all(
		"Kyodo Meeting",
		{"name": ["in", names or [""]]},
		["name", "meeting_date", "mark_by", "workflow_state", "marking_closed_on"],
		order_by="name",
	)
	return {row.name: row for row in rows}


def _places(meetings: list[str]) -> dict[tuple[str, str], int]:
	"""{(meeting, proposal): number on the agenda}"""
	rows = frappe.get_all(
		"Kyodo Agenda Item",
		{"parenttype": "Kyodo Meeting", "parent": ["in", meetings or [""]], "proposal": ["is", "set"]},
		["parent", "proposal", "idx"],
		order_by="parent, idx",
	)
	return {(row.parent, row.proposal): row.idx for row in rows}


def review(name: str) -> dict:
	"""A member's own marks beside the text of the proposal; afterwards the marks of all."""
	doc = page_record("Kyodo Review", name)
	text = frappe.get_doc("Kyodo Proposal", doc.proposal)
	reads = text.has_permission("read")
	if doc.member != frappe.session.user or not (reads or doc.not_counted):
		raise frappe.PageDoesNotExistError
	typed = forms.refused_input(f"review:{name}")
	meeting, item = _held(doc)
	shared = marking.shared_marks(doc.proposal, doc.step)
	why_closed = _why_closed(doc, meeting, item)
	return {
		"title": text.title,
		"doc": pick(doc, "name", "step", "submitted_on", "not_counted", "total", "comment", "modified", "meeting"),
		"meeting_date": meeting.meeting_date,
		"mark_by": meeting.mark_by,
		"item": item.idx if item else None,
		"criteria": _criteria(doc, rules_of(text), typed),
		"comment": typed.get("comment", doc.comment or ""),
		"reason": typed.get("reason", ""),
		"recusal": _recusal(doc, meeting, item),
		"why_closed": why_closed,
		"editing": not why_closed and doc.has_permission("write"),
		"may_declare": bool(item and not doc.not_counted and category_of(meeting) in UNDECIDED),
		**(_beside_marks(text) if reads else _NOTHING_BESIDE),
		"shared": shared,
		"summary": _summary(doc, rules_of(text)) if shared else None,
		"way": _way(doc),
	}


def _held(doc: Document) -> tuple[Document | dict, Document | None]:
	"""The meeting for which a sheet is, and the item of its agenda."""
	meeting = frappe.get_doc("Kyodo Meeting", doc.meeting) if doc.meeting else frappe._dict(agenda=[], recusals=[])
	return meeting, next((row for row in meeting.agenda if row.proposal == doc.proposal), None)


# who steps aside finds the way to their own declaration, and nothing of the proposal
_NOTHING_BESIDE = {"proposal": None, "changes": [], "unanswered": []}


def _beside_marks(text: Document) -> dict:
	return {"proposal": sheet_of(text), "changes": reproposal.changes(text), "unanswered": reproposal.unanswered(text)}


def _recusal(doc: Document, meeting: Document, item: Document | None) -> dict | None:
	if item is None:
		return None
	own = next((row for row in meeting.recusals if row.agenda_item == item.name and row.user == doc.member), None)
	return pick(own, "reason", "ruling", "ruling_reason") if own else None


def _why_closed(doc: Document, meeting: Document, item: Document | None) -> str | None:
	"""Why a sheet cannot be marked; None where it can."""
	if doc.not_counted:
		return _("You do not mark this proposal.")
	if doc.submitted_on or doc.released:
		return _("These marks are handed in and cannot be changed any more.")
	if reason := marking.why_closed(meeting):
		return reason
	return None if item else _("This proposal is not on the agenda of the meeting.")


def _criteria(doc: Document, rules: Document | Rules, typed: dict) -> list[dict]:
	given = {row.criterion: row for row in doc.marks}
	rows = marking.criteria_of(rules, doc.step)
	for row in rows:
		mark = given.get(row["code"]) or frappe._dict()
		most = row["max_points"] or 0
		row["mark"] = typed.get(f"mark-{row['code']}", mark.get("mark") or "")
		row["comment"] = typed.get(f"comment-{row['code']}", mark.get("comment") or "")
		row["most"] = most
		row["choices"] = _choices(row["scale"], most)
	return rows


def _choices(scale: str, most: int) -> tuple[str, ...]:
	"""The marks of a scale as buttons; none where points are typed."""
	if scale == "OX":
		return ("○", "△", "×")
	return tuple(str(number) for number in range(most + 1)) if most <= MOST_BUTTONS else ()


def _summary(doc: Document, rules: Document | Rules) -> dict:
	summary, passed = marking.summary_of(doc.proposal, doc.step)
	questions = {row["code"]: row["question"] for row in marking.criteria_of(rules, doc.step)}
	return frappe._dict(
		count=summary.count,
		average=summary.average,
		spread=summary.spread,
		lowest=summary.lowest,
		highest=summary.highest,
		passed=passed,
		pass_mark=rules.pass_mark,
		vetoes=[(questions.get(code, code), count) for code, count in summary.vetoes.items()],
		per_criterion=[(questions.get(code, code), value) for code, value in summary.per_criterion.items()],
	)


def _way(doc: Document) -> dict:
	"""Where a sheet is among those of its meeting: how many are handed in, the one before and the next to mark."""
	rows = [row for row in my_sheets() if row.meeting == doc.meeting and not row.not_counted]
	names = [row.name for row in rows]
	here = names.index(doc.name) if doc.name in names else -1
	return frappe._dict(
		all=len(rows),
		done=len([row for row in rows if row.submitted_on]),
		number=here + 1,
		before=names[here - 1] if here > 0 else None,
		after=names[here + 1] if 0 <= here < len(names) - 1 else None,
		next=next_open(rows, doc.name),
	)


def next_open(rows: list[dict], name: str) -> str | None:
	"""The next sheet to mark after this one, beginning anew at the end of the agenda."""
	names = [row.name for row in rows]
	here = names.index(name) + 1 if name in names else 0
	return next((row.name for row in [*rows[here:], *rows[:here]] if row.open and row.name != name), None)


def next_sheet(review: Document) -> str | None:
	return next_open([row for row in my_sheets() if row.meeting == review.meeting], review.name)


PAGES = (
	Page("my/reviews", "committee/reviews", reviews),
	Page("my/reviews/<name>", "committee/review", review),
)
