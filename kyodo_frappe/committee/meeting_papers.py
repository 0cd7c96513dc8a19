"""The papers of a meeting besides what it discusses (papers.py): agenda, score sheets, table of results, minutes.

Each shows only what its reader may read: members get no sheet on items for which they step aside, and only their own marks and
those that the office has released; only the office gets points of decisions that the programme does not publish.
"""

from collections import defaultdict

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from kyodo_frappe.committee import convening, minutes, minutes_draft, papers, reviews
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE, Translated, _lt
from kyodo_frappe.common.printing import day, lines, number, yen
from kyodo_frappe.common.queries import among
from kyodo_frappe.permissions.roles import MANAGER, OFFICER
from kyodo_frappe.programme.call_budget import granted_by
from kyodo_frappe.programme.versions import rules_of_proposal
from kyodo_frappe.proposals import paper_forms
from kyodo_frappe.rules import points
from kyodo_frappe.rules.totals import PERCENT
from kyodo_frappe.web.papers import Paper
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, WAITING, WRITING

MEETING, REVIEW, DECISION, PROPOSAL = "Kyodo Meeting", "Kyodo Review", "Kyodo Decision", "Kyodo Proposal"
ANSWERS = Translated(
	{
		"Attending": _lt("Attending"),
		"Substitute": _lt("Substitute"),
		"Absent": _lt("Absent"),
		"By Document": _lt("By Document"),
		"Not Answered": _lt("Not Answered"),
	}
)
HELD = (WAITING, EXAMINED, DECIDED)


def _meeting_head(meeting: Document) -> dict:
	title = convening.title(meeting)
	return {
		"subject": title,
		"when": convening.schedule_text(meeting),
		"place": _("Examined in writing") if meeting.document_review else meeting.place or "－",
		"chair": meeting.chair_name or "",
	}


# -- the agenda ------------------------------------------------------------------------------


def agenda(meeting: Document) -> dict:
	"""Return {subject, when, place, chair, open, items, members, guests} of a meeting's agenda (次第).

	items: [(number, subject, [presenters], from, minutes)]; members: [(side, name, position, answer)].
	"""
	presenters = _presenters(meeting)
	closed = lambda item: f"{item.subject}（{_('Not open to the public')}）" if item.closed else item.subject
	planned = lambda item: _("{0} minutes").format(item.minutes_planned) if item.minutes_planned else ""
	return {
		**_meeting_head(meeting),
		"open": bool(meeting.open_to_public),
		"items": [
			(str(item.idx), closed(item) or "", presenters[item.name], item.begins_at or "", planned(item)) for item in meeting.agenda
		],
		"members": [(minutes_draft.GROUPS.get(row.side, ""), *_member(row)) for row in _in_order(meeting.attendance)],
		"guests": [
			minutes_draft.guest_name(row) + (f"（{_('Item {0}').format(row.agenda_no)}）" if row.agenda_no else "")
			for row in meeting.guests
		],
	}


def _in_order(rows: list[Document]) -> list[Document]:
	sides = list(minutes_draft.GROUPS)
	return sorted(rows, key=lambda row: (sides.index(row.side) if row.side in sides else len(sides), row.idx))


def _member(row: Document) -> tuple[str, str, str]:
	answer = ANSWERS.get(row.answer or "Not Answered", "")
	if row.answer == "Substitute" and row.substitute_name:
		answer = f"{answer}（{row.substitute_name}）"
	return row.member_name or "", row.position or "", answer


def _presenters(meeting: Document) -> dict[str, list[str]]:
	"""{agenda item: who presents it}: the guests called for it, else those whose record it is, else the office."""
	owners = _owners(meeting)
	called = defaultdict(list)
	for guest in meeting.guests:
		called[cint(guest.agenda_no)].append(minutes_draft.guest_name(guest))
	found = {}
	for item in meeting.agenda:
		record = item.proposal or item.report or item.evaluation_round
		found[item.name] = called.get(item.idx) or owners.get(record) or [_("Office (who presents an item)")]
	return found


def _owners(meeting: Document) -> dict[str, list[str]]:
	"""{record on the agenda: [name of its organisation, section]}"""
	found = {}
	for doctype, field in ((PROPOSAL, "proposal"), ("Kyodo Report", "report"), ("Kyodo Evaluation Round", "evaluation_round")):
		names = [item.get(field) for item in meeting.agenda if item.get(field)]
		if names:
			for row in frappe.get_all(doctype, {"name": ["in", names]}, ["name", "organisation", "section"], order_by="name"):
				found[row.name] = [part for part in (paper_forms.name_of(row.organisation), row.section) if part]
	return found


# -- score sheets ----------------------------------------------------------------------------


def blank_sheets(meeting: Document) -> dict:
	"""Return {subject, when, sheets} with an empty score sheet for each proposal that is marked in the meeting."""
	hidden = minutes.recused_items(meeting, frappe.session.user)
	step = reviews.step_of(meeting)
	sheets = []
	for item in _marked(meeting):
		if item.name not in hidden:
			criteria = reviews.marked_criteria(rules_of_proposal(item.proposal), step)
			sheets.append(_sheet(item.proposal, [(row["question"] or "", _scale(row), "", []) for row in criteria]))
	return {**_meeting_head(meeting), "sheets": sheets, "blank": True}


def filled_sheets(meeting: Document) -> dict:
	"""Return {subject, when, sheets} with the submitted score sheets that the user may read, proposal by proposal."""
	order = {item.proposal: item.idx for item in meeting.agenda if item.proposal}
	names = _readable_reviews(meeting)
	found = sorted((frappe.get_doc(REVIEW, name) for name in names), key=lambda doc: (order.get(doc.proposal, 0), doc.creation))
	return {**_meeting_head(meeting), "sheets": [_filled(doc) for doc in found], "blank": False}


def _readable_reviews(meeting: Document) -> list[str]:
	"""The submitted reviews of a meeting, as far as the permission rules open them to the user."""
	submitted = {"meeting": meeting.name, "submitted_on": ["is", "set"], "not_counted": 0}
	return frappe.get_list(REVIEW, submitted, pluck="name", order_by="creation", limit=0)


def review_sheet(review: Document) -> dict:
	"""Return {subject, when, sheets} with one score sheet, for users who may print the review."""
	return {**_meeting_head(frappe.get_doc(MEETING, review.meeting)), "sheets": [_filled(review)], "blank": not review.submitted_on}


def _filled(review: Document) -> dict:
	rules = rules_of_proposal(review.proposal)
	scales = {row["code"]: _scale(row) for row in reviews.criteria_of(rules, review.step)}
	rows = [(row.question or row.criterion, scales.get(row.criterion, ""), row.mark or "", lines(row.comment)) for row in review.marks]
	total = ""
	if review.submitted_on:
		score = reviews.score_review(review)
		total = points.of(score.points, score.out_of) if score.out_of else f"{number(score.total)}／{PERCENT}"
	return _sheet(
		review.proposal,
		rows,
		member=frappe.utils.get_fullname(review.member),
		date=day(review.submitted_on),
		total=total,
		comment=lines(review.comment),
	)


def _sheet(proposal: str, rows: list[tuple], **filled) -> dict:
	"""{proposal, title, organisation, section, rows, member, date, total, comment}; rows: [(question, scale, mark, comment)]"""
	doc = frappe.get_cached_doc(PROPOSAL, proposal)
	return {
		"proposal": proposal,
		"title": doc.title,
		"organisation": paper_forms.name_of(doc.organisation) or doc.section or "",
		"requested": yen(doc.requested_amount) if doc.requested_amount else "",
		"rows": rows,
		**filled,
	}


def _scale(criterion: dict) -> str:
	if criterion["scale"] == "OX":
		return "○・△・×"
	return f"{cint(criterion['least_points'])}–{cint(criterion['max_points'])}"


def _marked(meeting: Document) -> list[Document]:
	names = reviews.marked_proposals(meeting)
	return [item for item in meeting.agenda if item.proposal in names]


def _has_blank(meeting: Document) -> bool:
	return bool(_marked(meeting))


# -- the table of results --------------------------------------------------------------------


def results(meeting: Document) -> dict:
	"""Return {subject, when, rows, with_points, requested, granted, adopted} of what a closed meeting decided about proposals.

	rows: [(number, [title, organisation], asked for, points, result, granted)]; sums in yen. Decisions that were corrected later
	are shown as this meeting made them.
	"""
	items = [item for item in meeting.agenda if item.proposal and item.item_type in ("Proposal", "Correction")]
	decisions = _decisions(meeting)
	shows_points = _reads_points(meeting, decisions)
	proposals = _proposal_rows([item.proposal for item in items])
	rows, requested, granted = [], 0, 0
	for item in items:
		proposal, decision = proposals[item.proposal], decisions.get(item.name)
		amount = granted_by(decision) if decision else 0
		requested, granted = requested + flt(proposal.requested_amount), granted + flt(amount)
		about = [proposal.title, paper_forms.name_of(proposal.organisation) or proposal.section or ""]
		score = _points_of(decision) if decision and shows_points else ""
		rows.append((str(item.idx), about, yen(proposal.requested_amount), score, _result(item, decision), yen(amount) if amount else "－"))
	return {
		**_meeting_head(meeting),
		"rows": rows,
		"with_points": any(row[3] for row in rows),
		"requested": yen(requested),
		"granted": yen(granted),
		"adopted": sum(1 for decision in decisions.values() if granted_by(decision)),
		"present": sum(cint(row.present) for row in meeting.attendance),
	}


def _decisions(meeting: Document) -> dict[str, frappe._dict]:
	"""{agenda item: its decision}"""
	fields = [
		*("name", "agenda_item", "result", "rank", "amount", "moved_up_amount"),
		*("average_score", "score_points", "score_out_of"),
	]
	rows = frappe.get_all(DECISION, {"meeting": meeting.name, "docstatus": 1}, fields, order_by="creation")
	return {row.agenda_item: row for row in rows}


def _reads_points(meeting: Document, decisions: dict) -> bool:
	if not decisions:
		return False
	if frappe.get_cached_value("Kyodo Programme", meeting.programme, "publish_scores"):
		return True
	first = frappe.get_doc(DECISION, next(iter(decisions.values())).name)
	return 1 in first.get_permlevel_access("read")


def _points_of(decision: frappe._dict) -> str:
	if decision.score_out_of:
		return points.of(decision.score_points, decision.score_out_of)
	return f"{number(round(decision.average_score, 1))}／{PERCENT}" if decision.average_score else ""


def _result(item: Document, decision: frappe._dict | None) -> str:
	if decision:
		place = _("(rank {0})").format(decision.rank) if decision.result == "Reserve" else ""
		return vocabulary.word(vocabulary.RESULT, decision.result, RECORD_LANGUAGE) + place
	if item.postponed:
		return _("Continued at a later meeting.")
	return vocabulary.word(vocabulary.RESULT, item.result, RECORD_LANGUAGE) if item.result else "－"


def _proposal_rows(names: list[str]) -> dict[str, frappe._dict]:
	fields = ["name", "title", "organisation", "section", "requested_amount"]
	return {row.name: row for row in frappe.get_all(PROPOSAL, {"name": among(names)}, fields, order_by="name")}


def _decides(meeting: Document) -> bool:
	return any(item.proposal and item.item_type in ("Proposal", "Correction") for item in meeting.agenda)


# -- the minutes -----------------------------------------------------------------------------


def minutes_paper(meeting: Document) -> dict:
	"""Return {subject, state, head, parts, confirmed, checks} of the minutes, as far as the user may read them.

	head, and the text of each of parts [(heading, lines)]: [(depth, text)], depth: indentation in characters.
	"""
	text = _minutes_of(meeting)
	found = minutes.parts_of(meeting, text)
	confirmed = ""
	if meeting.minutes_confirmed_on:
		confirmed = f"{day(meeting.minutes_confirmed_on)}　{frappe.utils.get_fullname(meeting.minutes_confirmed_by)}"
	title = convening.title(meeting)
	return {
		"subject": title,
		"draft": "" if meeting.minutes_confirmed_on else _("Draft of the minutes"),
		"head": [line for heading, part in found if heading is None for line in _indented(part) if not line[1].startswith(title)],
		"parts": [(heading, _indented(part)) for heading, part in found if heading],
		"confirmed": confirmed,
		"checks": [(row.member_name, day(row.checked_on) or "－") for row in meeting.minutes_checks],
	}


def _minutes_of(meeting: Document) -> str:
	if {OFFICER, MANAGER} & set(frappe.get_roles()) or frappe.session.user == "Administrator":
		return meeting.minutes or ""
	return minutes.member_text(meeting.name, frappe.session.user)


def _indented(text: str) -> list[tuple[int, str]]:
	rows = [line.rstrip() for line in text.splitlines() if line.strip()]
	return [(len(line) - len(line.lstrip("　 ")), line.lstrip("　 ")) for line in rows]


def _has_minutes(meeting: Document) -> bool:
	return bool(_minutes_of(meeting).strip())


# -- declared --------------------------------------------------------------------------------

PAPERS = (
	Paper(
		"agenda",
		MEETING,
		_lt("Agenda of a Meeting"),
		agenda,
		"agenda",
		code="Agenda of a Meeting",
		print_format="Kyodo Agenda Paper",
		categories=(WRITING, *HELD),
		exists=papers.are_ready,
	),
	Paper(
		"meeting-papers",
		MEETING,
		_lt("Papers of the meeting"),
		pdf=lambda meeting: papers.papers_pdf(meeting.name, frappe.session.user),
		exists=lambda meeting: bool(meeting.agenda) and papers.are_ready(meeting),
	),
	Paper(
		"score-sheets-blank",
		MEETING,
		_lt("Score Sheets to Fill In"),
		blank_sheets,
		"scores",
		code="Score Sheet",
		print_format="Kyodo Blank Score Sheets",
		categories=HELD,
		exists=_has_blank,
	),
	Paper(
		"score-sheets",
		MEETING,
		_lt("Score Sheets of the Members"),
		filled_sheets,
		"scores",
		print_format="Kyodo Score Sheets",
		categories=HELD,
		exists=lambda meeting: bool(_readable_reviews(meeting)),
	),
	Paper(
		"results",
		MEETING,
		_lt("Table of Results"),
		results,
		"results",
		code="Table of Results",
		print_format="Kyodo Table of Results",
		categories=(DECIDED,),
		exists=_decides,
	),
	Paper(
		"minutes",
		MEETING,
		_lt("Minutes of a Meeting"),
		minutes_paper,
		"minutes",
		code="Minutes of a Meeting",
		print_format="Kyodo Minutes Paper",
		categories=(DECIDED,),
		exists=_has_minutes,
	),
	Paper("score-sheet", REVIEW, _lt("Score Sheet"), review_sheet, "scores", code="Score Sheet", print_format="Kyodo Score Sheet"),
)
