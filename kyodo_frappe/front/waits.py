"""What can wait at the desk, declared once: for whom, in which records, since when and until when.

Which states wait follows from the Workflow: they are those from which an action leads on, so that a state or an action that a city
adds or renames in its Workflow form is found without a change here. `front/today.py` counts and shows what is declared here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Coalesce, Max, Min
from frappe.utils import add_days, cint, nowdate
from pypika.terms import Interval

from kyodo_frappe.common.language import _lt
from kyodo_frappe.partnership.parties import CITY, ORGANISATION
from kyodo_frappe.permissions import letter_approvers, programme_visibility
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION
from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.states import (
	EXAMINED,
	OVER,
	UNDECIDED,
	WAITING,
	WRITING,
	drafts,
	states,
	states_after,
	states_before,
)

PROPOSAL, ORGANISATION_RECORD, MEETING, PROJECT = "Kyodo Proposal", "Kyodo Organisation", "Kyodo Meeting", "Kyodo Project"
AGREEMENT, CHANGE, REPORT, ROUND = "Kyodo Agreement", "Kyodo Plan Change", "Kyodo Report", "Kyodo Evaluation Round"
NOTE, POINT, LETTER, EVENT = "Kyodo Progress Note", "Kyodo Open Point", "Kyodo Letter", "Kyodo Event"

# whom something waits for, where it does not wait for the reader
OFFICE, SECTIONS, ORGANISATIONS, MEMBERS = "Office", "Sections", "Organisations", "Members"
SOON = 14  # days: what is planned waits this long before its day
EVENTS_AHEAD = 60  # days in which an event is announced before it is held
MEETINGS_AHEAD = 30  # days in which a meeting is convened before it is held
UNSET, SET = ["is", "not set"], ["is", "set"]


@dataclass(frozen=True)
class Wait:
	"""A kind of work.

	roles: whose it is, for the others it is what they wait for; whom: OFFICE, SECTIONS …; title: source string; since: the field (or a
	function from the table to a term) with the day since when it waits; due: the same for the day until when; titled: the field that is shown,
	the title of the DocType unless given; filters: of the list, whose
	values may be functions; where: a function from the table to what a list cannot ask; action: what can be done beside the row, without
	anything to fill in; remind: the event of the reminder that can be sent; place: where its rows lead: form, reading, session or evaluation;
	everywhere: whether a section sees all that it may read, not only what is of the section.
	takes_up: the DocType of a new record in which all of them are taken up together.
	"""

	id: str
	doctype: str
	title: str
	roles: tuple[str, ...]
	whom: str
	since: str | Callable[[Any], Any]
	due: str | Callable[[Any], Any] = ""
	titled: str = ""
	filters: Callable[[], dict] = field(default=dict)
	where: Callable[[Any], Criterion] | None = None
	action: str = ""
	remind: str = ""
	place: str = "form"
	everywhere: bool = False
	takes_up: str = ""


def _before(doctype: str, *actions: str, role: str | None = None, **more) -> Callable[[], dict]:
	return lambda: {"workflow_state": ["in", states_before(doctype, *actions, role=role)], **_values(more)}


def _after(doctype: str, action: str, **more) -> Callable[[], dict]:
	return lambda: {"workflow_state": ["in", states_after(doctype, action)], **_values(more)}


def _in(doctype: str, *categories: str, **more) -> Callable[[], dict]:
	"""Filters of the states of these categories; none of a DocType without a workflow."""
	return lambda: {"workflow_state": ["in", states(doctype, *categories) if doctype in specs() else []], **_values(more)}


def _values(filters: dict) -> dict:
	return {fieldname: value() if callable(value) else value for fieldname, value in filters.items()}


def _today(operator: str, days: int = 0) -> Callable[[], list]:
	return lambda: [operator, add_days(nowdate(), days)]


# -- what a list cannot ask ----------------------------------------------------------------------


def _linked(table, child: str, link: str, where: Callable[[Any], Criterion]) -> Criterion:
	"""Whether records of another DocType, or rows of a table, name this one and fulfil a condition."""
	other = frappe.qb.DocType(child)
	return table.name.isin(frappe.qb.from_(other).select(other[link]).where(other[link].isnotnull() & where(other)))


def _rows(table, child: str, parenttype: str, where: Callable[[Any], Criterion]) -> Criterion:
	return _linked(table, child, "parent", lambda row: (row.parenttype == parenttype) & where(row))


def _is_answered(proposal) -> Criterion:
	"""The section has written its opinion (Kyodo Proposal: section_has_answered)."""
	return _linked(
		proposal,
		"Kyodo Consultation",
		"proposal",
		lambda row: (row.kind == "Section Talk") & row.opinion.isnotnull() & (row.opinion != ""),
	)


def _is_again(proposal) -> Criterion:
	return proposal.submitted_on > _first_time(proposal)


def _is_first(proposal) -> Criterion:
	return proposal.first_submitted_on.isnull() | (proposal.submitted_on <= _first_time(proposal))


def _first_time(proposal):
	# both fields are stamped in turn
	return proposal.first_submitted_on + Interval(minutes=1)


def _returned_on(record):
	"""The day of the last correction that was asked for."""
	row = frappe.qb.DocType("Kyodo Correction")
	return Coalesce(frappe.qb.from_(row).select(Max(row.returned_on)).where(row.parent == record.name), record.modified)


def _is_on_no_agenda(proposal) -> Criterion:
	item, meeting = frappe.qb.DocType("Kyodo Agenda Item"), frappe.qb.DocType(MEETING)
	planned = (
		frappe.qb.from_(item)
		.join(meeting)
		.on((meeting.name == item.parent) & (item.parenttype == MEETING))
		.select(item.proposal)
		.where(item.proposal.isnotnull() & (item.postponed == 0) & meeting.workflow_state.isin(states(MEETING, *UNDECIDED)))
	)
	return proposal.name.notin(planned)


def _to_deliberate() -> dict:
	"""States in which a meeting decides: under examination, with neither the office's step nor a vote of the council to come."""
	earlier = {*states_before(PROPOSAL, "Start Consultation"), *states_before(PROPOSAL, "Refer to Step 1")}
	earlier |= set(states_before(PROPOSAL, "Confirm Budget"))
	return {"workflow_state": ["in", [state for state in states(PROPOSAL, EXAMINED) if state not in earlier]]}


def _returned() -> dict:
	return {"workflow_state": ["in", [state for state in states_before(PROPOSAL, "Submit") if state not in drafts(PROPOSAL)]]}


def _not_signed_by(side: str) -> Callable[[Any], Criterion]:
	def where(agreement) -> Criterion:
		party = _rows(agreement, "Kyodo Agreement Party", AGREEMENT, lambda row: row.side == side)
		signed = _rows(agreement, "Kyodo Agreement Confirmation", AGREEMENT, lambda row: (row.side == side) & row.confirmed_on.isnotnull())
		return party & signed.negate()

	return where


def _without_sheet_of(side: str) -> Callable[[Any], Criterion]:
	return lambda evaluation: _linked(
		evaluation, "Kyodo Evaluation Sheet", "evaluation_round", lambda sheet: (sheet.side == side) & sheet.submitted_on.isnull()
	)


def _last_word_of(side: str) -> Callable[[Any], Criterion]:
	"""Open points whose last reply, or else the point itself, is of a side; replies of the office do not count."""

	def where(point) -> Criterion:
		row, last = frappe.qb.DocType("Kyodo Point Reply"), frappe.qb.DocType("Kyodo Point Reply").as_("last")
		of_sides = (last.parent == point.name) & (last.parenttype == POINT) & last.side.isin((CITY, ORGANISATION))
		newest = frappe.qb.from_(last).select(Max(last.idx)).where(of_sides)
		said = frappe.qb.from_(row).select(row.side).where((row.parent == point.name) & (row.parenttype == POINT) & (row.idx == newest))
		return Coalesce(said, point.side) == side

	return where


def _of_open_projects(record) -> Criterion:
	project = frappe.qb.DocType(PROJECT)
	over = frappe.qb.from_(project).select(project.name).where(project.workflow_state.isin(states(PROJECT, OVER)))
	return record.project.notin(over)


def _with_payment_to_make(project) -> Criterion:
	return _rows(project, "Kyodo Payment", PROJECT, _is_to_be_paid)


def _is_to_be_paid(row) -> Criterion:
	asked = row.request.isnotnull() & (row.request != "")  # then the request waits itself
	return row.paid_on.isnull() & (row.planned_on <= add_days(nowdate(), SOON)) & asked.negate() & (row.kind != "Refund")


def _first_payment(project):
	row = frappe.qb.DocType("Kyodo Payment")
	return frappe.qb.from_(row).select(Min(row.planned_on)).where((row.parent == project.name) & _is_to_be_paid(row))


def _unanswered(meeting) -> Criterion:
	return _rows(
		meeting,
		"Kyodo Attendance",
		MEETING,
		lambda row: row.user.isnotnull() & (row.answer.isnull() | row.answer.isin(("", "Not Answered"))),
	)


def _unmarked(meeting) -> Criterion:
	return _linked(
		meeting,
		"Kyodo Review",
		"meeting",
		lambda review: review.submitted_on.isnull() & (review.interest_declared == 0) & (review.released == 0),
	)


def _unchecked(meeting) -> Criterion:
	return _rows(meeting, "Kyodo Minutes Check", MEETING, lambda row: row.asked_on.isnotnull() & row.checked_on.isnull())


def _asked_to_check(meeting):
	row = frappe.qb.DocType("Kyodo Minutes Check")
	open_checks = (row.parent == meeting.name) & row.asked_on.isnotnull() & row.checked_on.isnull()
	return frappe.qb.from_(row).select(Max(row.asked_on)).where(open_checks)


def _reply_due(fieldname: str) -> Callable[[Any], Any]:
	"""The day until when a side answers the other: the running programmes' `reply_days`, the longest where they differ."""

	def due(table):
		days = [cint(frappe.get_cached_value("Kyodo Programme", name, "reply_days")) for name in programme_visibility.running()]
		return table[fieldname] + Interval(days=max(days)) if any(days) else None

	return due


def _without_people(section) -> Criterion:
	return _rows(section, "Kyodo Section Member", "Kyodo Section", lambda row: row.user.isnotnull()).negate()


OFFICER_ONLY, SECTION_ONLY, MANAGER_ONLY = (OFFICER,), (SECTION,), (MANAGER,)
WAITS: tuple[Wait, ...] = (
	# the office, in the order of the year
	Wait(
		"session",
		MEETING,
		_lt("Meetings held today or in session"),
		OFFICER_ONLY,
		OFFICE,
		"meeting_date",
		filters=_before(MEETING, "Open Session", "Close Session", meeting_date=_today("<=")),
		place="session",
	),
	Wait(
		"receive",
		PROPOSAL,
		_lt("Proposals to receive"),
		OFFICER_ONLY,
		OFFICE,
		"submitted_on",
		filters=_before(PROPOSAL, "Receive"),
		where=_is_first,
		action="Receive",
		place="reading",
	),
	Wait(
		"corrected",
		PROPOSAL,
		_lt("Corrected proposals to receive"),
		OFFICER_ONLY,
		OFFICE,
		"submitted_on",
		filters=_before(PROPOSAL, "Receive"),
		where=_is_again,
		action="Receive",
		place="reading",
	),
	Wait(
		"refer",
		PROPOSAL,
		_lt("Proposals to refer to a section"),
		OFFICER_ONLY,
		OFFICE,
		"received_on",
		filters=_before(PROPOSAL, "Start Consultation"),
		place="reading",
	),
	Wait(
		"answered",
		PROPOSAL,
		_lt("Proposals with the section's opinion, to bring before the committee"),
		OFFICER_ONLY,
		OFFICE,
		"received_on",
		filters=_after(PROPOSAL, "Start Consultation"),
		where=_is_answered,
		place="reading",
	),
	Wait(
		"documents",
		PROPOSAL,
		_lt("Documents handed in, to check"),
		OFFICER_ONLY,
		OFFICE,
		"documents_handed_in_on",
		filters=_before(PROPOSAL, "Return Documents"),
		place="reading",
	),
	Wait(
		"early_start",
		PROPOSAL,
		_lt("Early starts to answer"),
		OFFICER_ONLY,
		OFFICE,
		"early_start_asked_on",
		filters=lambda: {"early_start_asked_on": SET, "early_start_answered_on": UNSET},
	),
	Wait(
		"agenda",
		PROPOSAL,
		_lt("Proposals on no agenda yet"),
		OFFICER_ONLY,
		OFFICE,
		"received_on",
		filters=_to_deliberate,
		where=_is_on_no_agenda,
		takes_up=MEETING,
	),
	Wait(
		"convene",
		MEETING,
		_lt("Meetings to convene"),
		OFFICER_ONLY,
		OFFICE,
		"creation",
		"meeting_date",
		filters=_before(MEETING, "Convene", meeting_date=_today("<=", MEETINGS_AHEAD)),
	),
	Wait(
		"minutes",
		MEETING,
		_lt("Minutes to confirm"),
		OFFICER_ONLY,
		OFFICE,
		"meeting_date",
		filters=_before(MEETING, "Confirm Minutes"),
	),
	Wait(
		"publish_minutes",
		MEETING,
		_lt("Minutes to publish"),
		OFFICER_ONLY,
		OFFICE,
		"minutes_confirmed_on",
		filters=_after(MEETING, "Confirm Minutes"),
	),
	Wait(
		"letters_draft", LETTER, _lt("Letters to draft"), OFFICER_ONLY, OFFICE, "creation", titled="subject", filters=_in(LETTER, WRITING)
	),
	Wait(
		"letters_approve",
		LETTER,
		_lt("Letters to approve"),
		(OFFICER, SECTION, MANAGER),
		OFFICE,
		"asked_on",
		titled="subject",
		filters=lambda: {"name": ["in", letter_approvers.waiting_for(frappe.session.user)]},
		everywhere=True,  # who approves a letter may belong to any section
	),
	Wait(
		"letters_issue",
		LETTER,
		_lt("Letters to issue"),
		OFFICER_ONLY,
		OFFICE,
		"approved_on",
		titled="subject",
		filters=_in(LETTER, EXAMINED),
	),
	Wait(
		"budget",
		PROPOSAL,
		_lt("Votes on the budget to enter"),
		OFFICER_ONLY,
		OFFICE,
		lambda proposal: Coalesce(proposal.decided_on, proposal.modified),
		filters=_before(PROPOSAL, "Confirm Budget"),
	),
	Wait(
		"register",
		ORGANISATION_RECORD,
		_lt("Registrations to check"),
		OFFICER_ONLY,
		OFFICE,
		"applied_on",
		filters=_before(ORGANISATION_RECORD, "Register"),
	),
	Wait(
		"change_notice",
		"Kyodo Change Notice",
		_lt("Change notices to check"),
		OFFICER_ONLY,
		OFFICE,
		"submitted_on",
		filters=_before("Kyodo Change Notice", "Accept"),
	),
	Wait(
		"enquiry",
		"Kyodo Call Enquiry",
		_lt("Questions about calls to answer"),
		OFFICER_ONLY,
		OFFICE,
		"asked_on",
		titled="question",
		filters=lambda: {"state": "To Be Answered"},
	),
	Wait(
		"comment",
		"Kyodo Page Comment",
		_lt("Comments on pages to answer"),
		OFFICER_ONLY,
		OFFICE,
		"received_on",
		titled="comment",
		filters=lambda: {"effect": UNSET},
	),
	Wait(
		"change",
		CHANGE,
		_lt("Changes of plans to decide"),
		OFFICER_ONLY,
		OFFICE,
		"agreed_on",
		filters=_before(CHANGE, "Approve"),
	),
	Wait(
		"payment_decide",
		"Kyodo Payment Request",
		_lt("Requests for payment to decide"),
		OFFICER_ONLY,
		OFFICE,
		"requested_on",
		filters=_before("Kyodo Payment Request", "Decide Payment"),
		action="Decide Payment",
	),
	Wait(
		"payment_record",
		"Kyodo Payment Request",
		_lt("Requested payments to make"),
		OFFICER_ONLY,
		OFFICE,
		"decided_on",
		filters=_before("Kyodo Payment Request", "Record Payment"),
	),
	Wait(
		"payment_planned",
		PROJECT,
		_lt("Planned payments to make"),
		OFFICER_ONLY,
		OFFICE,
		_first_payment,
		filters=lambda: {"workflow_state": ["not in", states(PROJECT, OVER)]},
		where=_with_payment_to_make,
	),
	Wait(
		"report",
		REPORT,
		_lt("Reports to accept"),
		OFFICER_ONLY,
		OFFICE,
		"submitted_on",
		filters=_before(REPORT, "Accept"),
		place="reading",
	),
	Wait(
		"report_verify",
		REPORT,
		_lt("Reports to verify"),
		OFFICER_ONLY,
		OFFICE,
		"accepted_on",
		filters=_before(REPORT, "Verify"),
		place="reading",
	),
	Wait(
		"round_verify",
		ROUND,
		_lt("Evaluations to verify"),
		OFFICER_ONLY,
		OFFICE,
		"modified",
		filters=_before(ROUND, "Verify"),
	),
	Wait(
		"round_publish",
		ROUND,
		_lt("Evaluations to publish"),
		OFFICER_ONLY,
		OFFICE,
		"verified_on",
		filters=_before(ROUND, "Publish"),
	),
	Wait(
		"screening",
		"Kyodo Service Screening",
		_lt("Screenings to conclude"),
		OFFICER_ONLY,
		OFFICE,
		"answered_on",
		filters=_before("Kyodo Service Screening", "Conclude Screening"),
	),
	Wait(
		"event_announce",
		EVENT,
		_lt("Events to announce"),
		OFFICER_ONLY,
		OFFICE,
		"creation",
		"held_on",
		filters=lambda: {"state": "Planned", "held_on": ["<=", add_days(nowdate(), EVENTS_AHEAD)]},
	),
	Wait(
		"event_finish",
		EVENT,
		_lt("Events to wrap up"),
		OFFICER_ONLY,
		OFFICE,
		"held_on",
		filters=lambda: {"state": "Announced", "held_on": ["<", nowdate()]},
	),
	Wait(
		"case",
		"Kyodo Support Case",
		_lt("Questions to the support centre to answer"),
		OFFICER_ONLY,
		OFFICE,
		"received_on",
		filters=lambda: {"state": "Open"},
	),
	# the section in charge
	Wait(
		"opinion",
		PROPOSAL,
		_lt("Proposals waiting for the section's opinion"),
		SECTION_ONLY,
		SECTIONS,
		"received_on",
		filters=_after(PROPOSAL, "Start Consultation"),
		where=lambda proposal: _is_answered(proposal).negate(),
		place="reading",
	),
	Wait(
		"own_correction",
		PROPOSAL,
		_lt("Own proposals to correct"),
		SECTION_ONLY,
		SECTIONS,
		_returned_on,
		filters=lambda: {**_returned(), "origin": ["!=", "Organisation"]},
	),
	Wait(
		"point",
		POINT,
		_lt("Open points to answer"),
		SECTION_ONLY,
		SECTIONS,
		"creation",
		filters=lambda: {"state": "Open"},
		where=lambda point: _last_word_of(ORGANISATION)(point) & _of_open_projects(point),
	),
	Wait(
		"agreement_offer",
		AGREEMENT,
		_lt("Agreements to offer"),
		SECTION_ONLY,
		SECTIONS,
		"modified",
		filters=_before(AGREEMENT, "Offer"),
		where=_of_open_projects,
	),
	Wait(
		"agreement_sign",
		AGREEMENT,
		_lt("Agreements to sign"),
		SECTION_ONLY,
		SECTIONS,
		"offered_on",
		filters=_after(AGREEMENT, "Offer"),
		where=_not_signed_by(CITY),
	),
	Wait(
		"project_complete",
		PROJECT,
		_lt("Projects whose time is over"),
		SECTION_ONLY,
		SECTIONS,
		"to_date",
		filters=_before(PROJECT, "Complete", to_date=_today("<")),
	),
	Wait(
		"note",
		NOTE,
		_lt("Notes to read and acknowledge"),
		SECTION_ONLY,
		SECTIONS,
		"creation",
		_reply_due("creation"),
		titled="subject",
		filters=lambda: {"acknowledged_on": UNSET, "side": ORGANISATION},
		where=_of_open_projects,
		remind="Note Unanswered",
	),
	Wait(
		"change_answer",
		CHANGE,
		_lt("Changes of plans to answer"),
		SECTION_ONLY,
		SECTIONS,
		"submitted_on",
		_reply_due("submitted_on"),
		filters=_before(CHANGE, "Agree", "Agree to Change", side=ORGANISATION),
		remind="Plan Change Unanswered",
	),
	Wait(
		"sheet",
		ROUND,
		_lt("Evaluation sheets to write"),
		SECTION_ONLY,
		SECTIONS,
		"creation",
		"due_date",
		filters=_before(ROUND, "Bring Together"),
		where=_without_sheet_of(CITY),
		remind="Evaluation Due",
		place="evaluation",
	),
	Wait(
		"dialogue",
		ROUND,
		_lt("Evaluations to talk about"),
		SECTION_ONLY,
		SECTIONS,
		"modified",
		filters=_before(ROUND, "Conclude Dialogue"),
		place="evaluation",
	),
	Wait(
		"screening_answer",
		"Kyodo Service Screening",
		_lt("Screenings to write"),
		SECTION_ONLY,
		SECTIONS,
		"creation",
		filters=_before("Kyodo Service Screening", "Hand In"),
	),
	# the manager
	Wait(
		"programme",
		"Kyodo Programme",
		_lt("Programmes to open"),
		MANAGER_ONLY,
		OFFICE,
		"creation",
		filters=lambda: {"is_draft": 1},
	),
	Wait(
		"section_people",
		"Kyodo Section",
		_lt("Sections without people"),
		MANAGER_ONLY,
		OFFICE,
		"creation",
		filters=lambda: {"disabled": 0, "is_office": 0},
		where=_without_people,
	),
	# organisations, for whom the city waits
	Wait(
		"returned",
		PROPOSAL,
		_lt("Corrections of proposals"),
		(),
		ORGANISATIONS,
		_returned_on,
		filters=lambda: {**_returned(), "origin": ["!=", "City"]},
		place="reading",
	),
	Wait(
		"paper",
		PROPOSAL,
		_lt("Paper proposals to be confirmed"),
		(),
		ORGANISATIONS,
		"submitted_on",
		filters=_before(PROPOSAL, "Receive", intake="Paper", confirmed_on=UNSET, confirmation_note=UNSET),
		place="reading",
	),
	Wait(
		"later_documents",
		PROPOSAL,
		_lt("Documents after the section talk"),
		(),
		ORGANISATIONS,
		"later_documents_on",
		"documents_due_on",
		filters=_before(PROPOSAL, "Hand In Documents"),
		remind="Documents Due",
		place="reading",
	),
	Wait(
		"agreement_signed",
		AGREEMENT,
		_lt("Signatures under agreements"),
		(),
		ORGANISATIONS,
		"offered_on",
		filters=_after(AGREEMENT, "Offer"),
		where=_not_signed_by(ORGANISATION),
	),
	Wait(
		"point_answer",
		POINT,
		_lt("Answers to open points"),
		(),
		ORGANISATIONS,
		"creation",
		filters=lambda: {"state": "Open"},
		where=lambda point: _last_word_of(CITY)(point) & _of_open_projects(point),
	),
	Wait(
		"note_read",
		NOTE,
		_lt("Notes not acknowledged yet"),
		(),
		ORGANISATIONS,
		"creation",
		_reply_due("creation"),
		titled="subject",
		filters=lambda: {"acknowledged_on": UNSET, "side": CITY},
		where=_of_open_projects,
		remind="Note Unanswered",
	),
	Wait(
		"change_agree",
		CHANGE,
		_lt("Answers to changes of plans"),
		(),
		ORGANISATIONS,
		"submitted_on",
		_reply_due("submitted_on"),
		filters=_before(CHANGE, "Agree", "Agree to Change", side=CITY),
		remind="Plan Change Unanswered",
	),
	Wait(
		"report_write",
		REPORT,
		_lt("Reports that fall due"),
		(),
		ORGANISATIONS,
		"creation",
		"due_date",
		filters=_before(REPORT, "Submit", due_date=_today("<=", SOON)),
		remind="Report Due",
		place="reading",
	),
	Wait(
		"sheet_write",
		ROUND,
		_lt("Evaluation sheets of organisations"),
		(),
		ORGANISATIONS,
		"creation",
		"due_date",
		filters=_before(ROUND, "Bring Together"),
		where=_without_sheet_of(ORGANISATION),
		remind="Evaluation Due",
		place="evaluation",
	),
	# members of committees
	Wait(
		"attendance",
		MEETING,
		_lt("Answers to invitations"),
		(),
		MEMBERS,
		"invited_on",
		"answer_by",
		filters=_in(MEETING, WAITING, meeting_date=_today(">=")),
		where=_unanswered,
		remind="Attendance Reminder",
	),
	Wait(
		"marks",
		MEETING,
		_lt("Marks of members"),
		(),
		MEMBERS,
		"invited_on",
		"mark_by",
		filters=_in(MEETING, WAITING, EXAMINED, marking_closed_on=UNSET, meeting_date=_today(">=")),
		where=_unmarked,
		remind="Marks Reminder",
	),
	Wait(
		"check",
		MEETING,
		_lt("Checks of minutes"),
		(),
		MEMBERS,
		_asked_to_check,
		filters=_before(MEETING, "Confirm Minutes"),
		where=_unchecked,
		remind="Minutes Check Due",
	),
)


def by_id() -> dict[str, Wait]:
	"""Return {id: kind of work}."""
	return {wait.id: wait for wait in WAITS}


def of_roles(roles: Iterable[str]) -> list[Wait]:
	"""Return what waits for somebody with these roles."""
	own = set(roles)
	return [wait for wait in WAITS if own & set(wait.roles)]


def for_others(roles: Iterable[str]) -> list[Wait]:
	"""Return what somebody with these roles follows while it waits for others."""
	own = set(roles)
	followed = {OFFICER: (SECTIONS, ORGANISATIONS, MEMBERS), SECTION: (ORGANISATIONS, OFFICE), MANAGER: (OFFICE, SECTIONS, MEMBERS)}
	whom = {one for role in own for one in followed.get(role, ())}
	return [wait for wait in WAITS if wait.whom in whom and not own & set(wait.roles) and wait.roles != MANAGER_ONLY]
