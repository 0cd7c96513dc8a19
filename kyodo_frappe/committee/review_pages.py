"""Portal pages of a member's reviews: one proposal after the other, then the marks of all members."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from kyodo_frappe.committee import entered_marks, item_points
from kyodo_frappe.committee import reviews as marking
from kyodo_frappe.common import vocabulary, whole_records
from kyodo_frappe.common.queries import among
from kyodo_frappe.programme.versions import Rules, rules_of
from kyodo_frappe.proposals import reproposal
from kyodo_frappe.rules import points, totals
from kyodo_frappe.web import forms
from kyodo_frappe.web.blocks import MOST, sheet_of, titles_of
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import UNDECIDED, category_of

# scales of up to so many marks are shown as buttons, larger ones as a number field
MAX_BUTTONS = 6


def reviews() -> dict:
	"""Return the context of the list of reviews."""
	rows = own_reviews()
	return {
		"title": _("Proposals to mark"),
		"waiting": [row for row in rows if row.open],
		"done": [row for row in rows if not row.open],
	}


def own_reviews(proposals: list[str] | None = None, meeting: Document | None = None) -> list[dict]:
	"""Return the user's reviews in the order of the agenda; `open` tells whether each can be marked now.

	`proposals`, `meeting`: only the reviews of these proposals for this meeting.
	"""
	if not frappe.has_permission("Kyodo Review", "read"):
		return []
	rows = _stored_reviews(proposals, meeting)
	names = sorted({row.meeting for row in rows if row.meeting})
	titles = titles_of("Kyodo Proposal", "title", [row.proposal for row in rows])
	numbers, meetings = _agenda_numbers(names), _meetings(names)
	for row in rows:
		meeting_row = meetings.get(row.meeting) or frappe._dict()
		row.title = titles.get(row.proposal)
		row.meeting_date, row.mark_by = meeting_row.meeting_date, meeting_row.mark_by
		row.place = numbers.get((row.meeting, row.proposal))
		done = row.submitted_on or row.not_counted or row.released
		row.open = bool(row.place and not done and not marking.why_closed(meeting_row))
	# in the order of the agenda within a meeting, the next meeting first
	rows.sort(key=lambda row: (row.place or 0, row.name))
	rows.sort(key=lambda row: str(row.meeting_date or ""), reverse=True)
	return rows


def _stored_reviews(proposals: list[str] | None, meeting: Document | None) -> list[dict]:
	filters = {"member": frappe.session.user}
	if meeting is not None:
		filters.update(proposal=among(proposals), step=vocabulary.held_like(meeting.meeting_type))
	return frappe.get_list(
		"Kyodo Review",
		filters,
		["name", "proposal", "step", "submitted_on", "not_counted", "meeting", "released", "total"],
		order_by="creation desc",
		limit=MOST * 4,
	)


def _meetings(names: list[str]) -> dict[str, dict]:
	if not names:
		return {}
	rows = frappe.get_all(
		"Kyodo Meeting",
		{"name": ["in", names]},
		["name", "meeting_date", "mark_by", "workflow_state", "marking_closed_on"],
		order_by="name",
	)
	return {row.name: row for row in rows}


def _agenda_numbers(meetings: list[str]) -> dict[tuple[str, str], int]:
	"""Return {(meeting, proposal): number on the agenda}."""
	if not meetings:
		return {}
	rows = frappe.get_all(
		"Kyodo Agenda Item",
		{"parenttype": "Kyodo Meeting", "parent": ["in", meetings], "proposal": ["is", "set"]},
		["parent", "proposal", "idx"],
		order_by="parent, idx",
	)
	return {(row.parent, row.proposal): row.idx for row in rows}


def review(name: str) -> dict:
	"""Return the context of a review beside the text of the proposal; with the marks of all members once they are released."""
	doc = page_record("Kyodo Review", name)
	text = whole_records.read("Kyodo Proposal", doc.proposal)
	reads = text is not None and text.has_permission("read")
	if text is None or doc.member != frappe.session.user or not (reads or doc.not_counted):
		raise frappe.PageDoesNotExistError
	typed = forms.refused_input(f"review:{name}")
	meeting, item = _meeting_and_item(doc)
	shared = marking.shared_marks(doc.proposal, doc.step)
	why_closed = _why_closed(doc, meeting, item)
	return {
		"title": text.title,
		"doc": pick(doc, "name", "step", "submitted_on", "not_counted", "total", "comment", "modified", "meeting"),
		"meeting_date": meeting.meeting_date,
		"mark_by": meeting.mark_by,
		"item": item.idx if item else None,
		"criteria": _criteria(doc, rules_of(text), typed),
		"comments": rules_of(text).criterion_comments,
		"comment": typed.get("comment", doc.comment or ""),
		"reason": typed.get("reason", ""),
		"recusal": _recusal(doc, meeting, item),
		"why_closed": why_closed,
		"editing": not why_closed and doc.has_permission("write"),
		"may_declare": bool(item and not doc.not_counted and category_of(meeting) in UNDECIDED),
		**(_proposal_context(text) if reads else _NO_PROPOSAL),
		"shared": shared,
		"summary": _summary(doc, rules_of(text), shared) if shared else None,
		"progress": _progress(doc),
	}


def _meeting_and_item(doc: Document) -> tuple[Document | dict, Document | None]:
	"""Return the meeting of a review and its agenda item; an empty dict and None where there is none."""
	meeting = whole_records.read("Kyodo Meeting", doc.meeting) if doc.meeting else frappe._dict(agenda=[], recusals=[])
	return meeting, next((row for row in meeting.agenda if row.proposal == doc.proposal), None)


# for members who step aside: their declaration, and nothing of the proposal
_NO_PROPOSAL = {"proposal": None, "changes": [], "unanswered": []}


def _proposal_context(text: Document) -> dict:
	return {"proposal": sheet_of(text), "changes": reproposal.changes(text), "unanswered": reproposal.unanswered_remarks(text)}


def _recusal(doc: Document, meeting: Document, item: Document | None) -> dict | None:
	if item is None:
		return None
	own = next((row for row in meeting.recusals if row.agenda_item == item.name and row.user == doc.member), None)
	return pick(own, "reason", "ruling", "ruling_reason") if own else None


def _why_closed(doc: Document, meeting: Document, item: Document | None) -> str | None:
	"""Return why a review cannot be marked; None if it can."""
	if doc.not_counted:
		return _("You do not review this proposal.")
	if doc.submitted_on or doc.released:
		return _("These marks have been submitted and can no longer be changed.")
	if reason := marking.why_closed(meeting):
		return reason
	return None if item else _("This proposal is not on the agenda of the meeting.")


def _criteria(doc: Document, rules: Document | Rules, typed: dict) -> list[dict]:
	given = {row.criterion: row for row in doc.marks}
	rows = marking.criteria_of(rules, doc.step)
	for row in rows:
		mark = given.get(row["code"]) or frappe._dict()
		row["mark"] = typed.get(f"mark-{row['code']}", mark.get("mark") or "")
		row["comment"] = typed.get(f"comment-{row['code']}", mark.get("comment") or "")
		row["choices"] = _choices(row)
		row["scale_words"] = _scale_words(row, cint(rules.whole_points))
		row["comment_words"] = _comment_words(row)
	return rows


def _choices(criterion: dict) -> tuple[str, ...]:
	"""Return the marks that are offered as buttons; none if points are typed."""
	if criterion["scale"] == "OX":
		return ("○", "△", "×")
	lowest, most, step = cint(criterion["least_points"]), cint(criterion["max_points"]), flt(criterion["point_step"]) or 1
	count = round((most - lowest) / step) + 1
	return tuple(f"{lowest + number * step:g}" for number in range(count)) if count <= MAX_BUTTONS else ()


def _scale_words(criterion: dict, whole: int) -> str:
	lowest, most, step = cint(criterion["least_points"]), cint(criterion["max_points"]), flt(criterion["point_step"])
	if step and step != 1:
		return _("Points, {0} to {1} in steps of {2}").format(lowest, most, f"{step:g}")
	if lowest:
		return (_("Whole points, {0} to {1}") if whole or step else _("Points, {0} to {1}")).format(lowest, most)
	return (_("Whole points, 0 to {0}") if whole or step else _("Points, 0 to {0}")).format(most)


def _comment_words(criterion: dict) -> str:
	"""Say which marks need a comment; "" where none does."""
	below = flt(criterion["comment_below"])
	if not below:
		return ""
	if criterion["scale"] == "OX":
		return _("Please comment on a cross.") if below <= 0.5 else _("Please comment on a triangle or a cross.")
	return _("Please comment on marks below {0}.").format(f"{below:g}")


def _summary(doc: Document, rules: Document | Rules, shared: list[dict]) -> dict:
	summary, passed = marking.summary_of(doc.proposal, doc.step)
	questions = {row["code"]: row["question"] for row in marking.criteria_of(rules, doc.step)}
	further = entered_marks.of_proposals({doc.proposal: rules}, doc.step)[doc.proposal]
	marks = defaultdict(list)
	for sheet in shared:
		for row in sheet.marks:
			marks[row["criterion"]].append(frappe._dict(row))
	return frappe._dict(
		count=summary.count,
		average=summary.average,
		spread=summary.spread,
		lowest=summary.lowest,
		highest=summary.highest,
		passed=passed,
		pass_mark=rules.pass_mark if summary.score else None,
		percent=cint(rules.pass_mark_percent),
		reached=marking.reaches(rules, summary),
		points=marking.own_points(rules, summary),
		further=[*entered_marks.in_words(further), *(_("{0}: not entered yet").format(label) for label in totals.missing(further))],
		left_out=summary.left_out,
		below=marking.below_least(rules, doc.step, summary),
		vetoes=[(questions.get(code, code), count) for code, count in summary.vetoes.items()],
		per_criterion=[(row.question, points.text(row)) for row in item_points.in_scale(rules, doc.step, summary, marks)],
	)


def _progress(doc: Document) -> dict:
	"""Return where a review is among those of its meeting, how many are submitted, and its neighbours."""
	rows = [row for row in own_reviews() if row.meeting == doc.meeting and not row.not_counted]
	names = [row.name for row in rows]
	here = names.index(doc.name) if doc.name in names else -1
	return frappe._dict(
		all=len(rows),
		done=len([row for row in rows if row.submitted_on]),
		number=here + 1,
		before=names[here - 1] if here > 0 else None,
		after=names[here + 1] if 0 <= here < len(names) - 1 else None,
		next=next_open_review(rows, doc.name),
	)


def next_open_review(rows: list[dict], name: str) -> str | None:
	"""Return the next open review after this one, starting again from the first item after the last."""
	names = [row.name for row in rows]
	here = names.index(name) + 1 if name in names else 0
	return next((row.name for row in [*rows[here:], *rows[:here]] if row.open and row.name != name), None)


def next_review(review: Document) -> str | None:
	"""Return the next open review of the same meeting."""
	return next_open_review([row for row in own_reviews() if row.meeting == review.meeting], review.name)


PAGES = (
	Page("my/reviews", "committee/reviews", reviews),
	Page("my/reviews/<name>", "committee/review", review),
)
