"""The draft of minutes, written from the record of the meeting.

Minutes are Japanese in every language of the desk. Each item begins with a heading line by which it is found again (rules/minutes.py).
"""

import re
from collections import defaultdict

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.committee import convening, interests
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE, Translated, _lt
from kyodo_frappe.common.queries import among
from kyodo_frappe.programme import years
from kyodo_frappe.rules import points, totals
from kyodo_frappe.rules.era import era_date, time_text

GROUPS = Translated({"Organisation": _lt("Organisation"), "Citizen": _lt("Citizens"), "City": _lt("City"), "Academic": _lt("Academic")})
SIDES = Translated(
	{
		"Organisation": _lt("Citizens' side"),
		"Citizen": _lt("Citizens' side"),
		"City": _lt("City side"),
		"Academic": _lt("Academic"),
	}
)
OPINIONS = Translated({"For": _lt("For"), "Against": _lt("Against"), "Abstain": _lt("Abstain")})


def draft(meeting: Document, without: set[str] = frozenset()) -> str:
	"""Return the usual form of minutes (日時・場所・出席・欠席・傍聴・議題・結果・発言要旨) from the record of the meeting.

	`without`: agenda items that appear with their heading only.
	"""
	facts = _MinutesData(meeting)
	lines = [f"{convening.title(meeting)}　{_('Minutes', lang=RECORD_LANGUAGE)}", "", *_head(meeting), ""]
	for item in meeting.agenda:
		lines.append(heading(item))
		lines += [recused_line()] if item.name in without else _item(meeting, item, facts)
		lines.append("")
	return "\n".join(lines).strip()


def recused_line() -> str:
	"""Return the line in place of an item for which the reader steps aside."""
	return "　" + _("(Left out, because the reader has stepped aside for this item.)", lang=RECORD_LANGUAGE)


def heading(item: Document) -> str:
	"""Return the line by which an item is found in the text."""
	text = _("Item {0}: {1} (closed)", lang=RECORD_LANGUAGE) if item.closed else _("Item {0}: {1}", lang=RECORD_LANGUAGE)
	return text.format(item.idx, item.subject)


class _MinutesData:
	"""Decisions, reasons, points and withdrawn proposals of the items, loaded in a fixed number of queries."""

	def __init__(self, meeting: Document):
		rows = frappe.get_all(
			"Kyodo Decision",
			{"meeting": meeting.name, "docstatus": ["<", 2]},
			[
				*("name", "agenda_item", "result", "rank", "amount", "conditions", "advice", "replaces", "votes_note", "below_reason"),
				*("score_points", "score_out_of", "score_note"),
			],
			order_by="name",
		)
		self.decisions = {row.agenda_item: row for row in rows}
		self.reasons = defaultdict(list)
		years.load_rows("Kyodo Decision", rows)
		if rows:
			for row in frappe.get_all(
				"Kyodo Decision Reason",
				{"parenttype": "Kyodo Decision", "parent": ["in", [row.name for row in rows]]},
				["parent", "criterion", "question", "finding", "reason"],
				order_by="parent, idx",
			):
				self.reasons[row.parent].append(row)
		self.points = _points_of([row.name for row in rows], frappe.get_cached_doc("Kyodo Programme", meeting.programme))
		proposals = [item.proposal for item in meeting.agenda if item.proposal]
		self.withdrawn = set()
		if proposals:
			filters = {"name": ["in", proposals], "workflow_state": "Withdrawn"}
			self.withdrawn = set(frappe.get_all("Kyodo Proposal", filters, pluck="name", order_by="name"))


def _head(meeting: Document) -> list[str]:
	lines = [
		_line(_("Date and time", lang=RECORD_LANGUAGE), convening.schedule_text(meeting)),
		_place_line(meeting),
		*_date_changes(meeting),
	]
	if meeting.chair_name:
		lines.append(_line(_("Chair", lang=RECORD_LANGUAGE), meeting.chair_name))
	return [*lines, *_attendance(meeting), *_guest_lines(meeting), _line(_("Listeners", lang=RECORD_LANGUAGE), _listeners(meeting))]


def _place_line(meeting: Document) -> str:
	if meeting.document_review:
		return _line(_("How it was held", lang=RECORD_LANGUAGE), _("Examined in writing", lang=RECORD_LANGUAGE))
	return _line(_("Place", lang=RECORD_LANGUAGE), meeting.place or "－")


def _date_changes(meeting: Document) -> list[str]:
	moved = _("Rescheduled  from {0} to {1} ({2})", lang=RECORD_LANGUAGE)
	return [moved.format(era_date(move.from_date), era_date(move.to_date), move.reason) for move in meeting.moves]


def _attendance(meeting: Document) -> list[str]:
	present = [row for row in meeting.attendance if row.present]
	away = [row for row in meeting.attendance if not row.present]
	in_writing = [row for row in away if meeting.document_review and row.answer == "By Document"]
	absent = "、".join(row.member_name for row in away if row not in in_writing)
	lines = _attendance_by_side(_("Present", lang=RECORD_LANGUAGE), present)
	if in_writing:
		lines += _attendance_by_side(_("Taking part by document", lang=RECORD_LANGUAGE), in_writing)
	return [*lines, _line(_("Absent", lang=RECORD_LANGUAGE), absent or _("None", lang=RECORD_LANGUAGE))]


def _guest_lines(meeting: Document) -> list[str]:
	names = _guests(meeting, 0)
	return [_line(_("Others in attendance", lang=RECORD_LANGUAGE), names)] if names else []


def _guests(meeting: Document, agenda_no: int) -> str:
	"""Return the names of the guests of an agenda item; 0: those of the whole meeting."""
	return "、".join(guest_name(guest) for guest in meeting.guests if cint(guest.agenda_no) == agenda_no and guest.attended)


def _listeners(meeting: Document) -> str:
	if meeting.observers:
		return _head_count(meeting.observers)
	return _("None", lang=RECORD_LANGUAGE) if meeting.open_to_public else _("Not Published", lang=RECORD_LANGUAGE)


def _line(label: str, text: str) -> str:
	return f"{label}　{text}"


def _head_count(count: int) -> str:
	return _("{0} people", lang=RECORD_LANGUAGE).format(count)


def _attendance_by_side(label: str, rows: list[Document]) -> list[str]:
	lines = [_line(label, _head_count(len(rows)))]
	for side, group in GROUPS.items():
		names = [_attendee(row) for row in rows if row.side == side]
		if names:
			lines.append(f"　{group}　" + "、".join(names))
	return lines


def _attendee(row: Document) -> str:
	notes = []
	if row.answer == "Substitute" and row.substitute_name:
		notes.append(_("Substitute  {0}", lang=RECORD_LANGUAGE).format(row.substitute_name))
	if row.arrived_at:
		notes.append(_("present from {0}", lang=RECORD_LANGUAGE).format(time_text(row.arrived_at)))
	if row.left_at:
		notes.append(_("left at {0}", lang=RECORD_LANGUAGE).format(time_text(row.left_at)))
	return row.member_name + (f"（{'、'.join(notes)}）" if notes else "")


def guest_name(guest: Document) -> str:
	"""Return the name of a guest with section or organisation."""
	of = guest.section
	if guest.organisation:
		of = frappe.get_cached_value("Kyodo Organisation", guest.organisation, "organisation_name")
	return f"{guest.guest_name}（{of}）" if of else guest.guest_name


def _item(meeting: Document, item: Document, facts: _MinutesData) -> list[str]:
	decision = facts.decisions.get(item.name)
	lines = [(_("Ground for closing the item", lang=RECORD_LANGUAGE), item.legal_ground or "－")] if item.closed else []
	lines.append((_("Others in attendance", lang=RECORD_LANGUAGE), _guests(meeting, item.idx)))
	lines.append(
		(
			_("Stepped aside", lang=RECORD_LANGUAGE),
			"、".join(f"{row.member_name}（{row.reason}）" for row in interests.recused(meeting, item).values()),
		)
	)
	if item.item_type in ("Proposal", "Correction"):
		lines.append((_("Quorum", lang=RECORD_LANGUAGE), _quorum(item)))
	lines += [(_("Hearing", lang=RECORD_LANGUAGE), item.hearing), (_("What was said", lang=RECORD_LANGUAGE), item.notes)]
	lines.append((_("Opinions in writing", lang=RECORD_LANGUAGE), _opinions(meeting, item)))
	lines.append((_("Votes", lang=RECORD_LANGUAGE), _votes(item)))
	lines.append((_("Result", lang=RECORD_LANGUAGE), _result(item, decision, facts)))
	if decision:
		lines += _decision(decision, facts.reasons[decision.name], facts.points.get(decision.name, []))
	return [line for label, value in lines if value for line in _labelled(label, str(value))]


def _labelled(label: str, text: str) -> list[str]:
	found = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
	if len(found) == 1:
		return [f"　{label}　{found[0].strip()}"]
	return [f"　{label}", *(f"　　{line.strip()}" for line in found)]


def _quorum(item: Document) -> str:
	counted = re.fullmatch(r"(\d+)/(\d+)", item.quorum_note or "")
	text = _("{1} of the {0} members entitled to vote are present", lang=RECORD_LANGUAGE)
	return text.format(counted[2], counted[1]) if counted else item.quorum_note or ""


def _opinions(meeting: Document, item: Document) -> str:
	rows = [row for row in meeting.opinions if row.agenda_item == item.name]
	return "\n".join(f"{row.member_name}（{OPINIONS.get(row.opinion, '－')}）{'　' + row.comment if row.comment else ''}" for row in rows)


def _votes(item: Document) -> str:
	if not (item.votes_for or item.votes_against or item.votes_abstained):
		return ""
	text = _("{0} for, {1} against, {2} abstaining", lang=RECORD_LANGUAGE).format(
		cint(item.votes_for), cint(item.votes_against), cint(item.votes_abstained)
	)
	if item.chair_vote:
		text += "　" + _("The votes are equal; the chair decides: {0}.", lang=RECORD_LANGUAGE).format(OPINIONS[item.chair_vote])
	return text


def _result(item: Document, decision: dict | None, facts: _MinutesData) -> str:
	if item.postponed:
		return _("Continued at a later meeting.", lang=RECORD_LANGUAGE)
	if decision:
		again = _("(replaces the earlier decision)", lang=RECORD_LANGUAGE) if decision.replaces else ""
		place = _("(rank {0})", lang=RECORD_LANGUAGE).format(decision.rank) if decision.result == "Reserve" else ""
		return vocabulary.word(vocabulary.RESULT, decision.result, RECORD_LANGUAGE) + place + again
	if item.proposal in facts.withdrawn:
		return _("Withdrawn by the proposer", lang=RECORD_LANGUAGE)
	return _("Verified.", lang=RECORD_LANGUAGE) if item.verified else ""


def _points_of(decisions: list[str], programme: Document) -> dict[str, list[str]]:
	"""{decision: the members' comments per item with its points, in lines} where the programme wants them in minutes."""
	found = defaultdict(list)
	if not programme.comments_in_letters:
		return found
	filters = {"parenttype": "Kyodo Decision", "parent": among(decisions)}
	columns = ["parent", "criterion", "question", "average", "out_of", "marks", "comments"]
	for row in frappe.get_all("Kyodo Decision Point", filters, columns, order_by="parent, idx"):
		comments = [f"・{line}" for line in (row.comments or "").split("\n") if line]
		said = points.text(row) if programme.points_per_item else ""
		if said or comments:
			found[row.parent] += [f"{row.question or row.criterion}　{said}".strip("　"), *comments]
	return found


def _score(decision: dict) -> str:
	"""The result in the points of the city, with the marks that were entered as totals; "" where it is out of 100."""
	if not decision.score_out_of or (decision.score_out_of == totals.PERCENT and not decision.score_note):
		return ""
	return "\n".join(filter(None, [points.of(decision.score_points, decision.score_out_of), decision.score_note]))


def _decision(decision: dict, reasons: list[dict], per_item: list[str]) -> list[tuple[str, str]]:
	return [
		(_("Points per Item", lang=RECORD_LANGUAGE), "\n".join(per_item)),
		(_("Total Points", lang=RECORD_LANGUAGE), _score(decision) if per_item else ""),
		(_("Borne by the city", lang=RECORD_LANGUAGE), _amount(decision)),
		(_("Reason for Adopting Below the Pass Mark", lang=RECORD_LANGUAGE), decision.below_reason or ""),
		(_("Reason", lang=RECORD_LANGUAGE), "\n".join(_reason(row) for row in reasons)),
		(_("Conditions", lang=RECORD_LANGUAGE), decision.conditions or ""),
		(_("Additional opinion and advice", lang=RECORD_LANGUAGE), decision.advice or ""),
	]


def _amount(decision: dict) -> str:
	return years.amount_in_words(decision, decision.amount, RECORD_LANGUAGE) if decision.amount else ""


def _reason(row: dict) -> str:
	question = row.question or row.criterion or ""
	finding = f"（{row.finding}）" if row.finding else ""
	return f"{question}{finding}　{row.reason}".strip("　")
