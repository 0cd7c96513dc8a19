"""What can wait at the desk, declared once: for whom, in which records, since when and until when.

Which states wait follows from the Workflow: they are those from which an action leads on, so that a state or an action that a city
adds or renames in its Workflow form is found without a change here. `front/today.py` counts and shows what is declared here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Coalesce
from frappe.utils import add_days, nowdate

from kyodo_frappe.common.language import _lt
from kyodo_frappe.front import pending_work_conditions as when
from kyodo_frappe.front.pending_work_conditions import AGREEMENT, MEETING, POINT, PROJECT, PROPOSAL, SOON
from kyodo_frappe.partnership.parties import CITY, ORGANISATION
from kyodo_frappe.permissions import letter_approvers
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION
from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.states import (
	EXAMINED,
	OVER,
	WAITING,
	WRITING,
	states,
	states_after,
	states_before,
)

ORGANISATION_RECORD, CHANGE, REPORT, ROUND = "Kyodo Organisation", "Kyodo Plan Change", "Kyodo Report", "Kyodo Evaluation Round"
NOTE, LETTER, EVENT = "Kyodo Progress Note", "Kyodo Letter", "Kyodo Event"

# whom something waits for, where it does not wait for the reader
OFFICE, SECTIONS, ORGANISATIONS, MEMBERS = "Office", "Sections", "Organisations", "Members"
EVENTS_AHEAD = 60  # days in which an event is announced before it is held
MEETINGS_AHEAD = 30  # days in which a meeting is convened before it is held
UNSET, SET = ["is", "not set"], ["is", "set"]


@dataclass(frozen=True)
class PendingWork:
	"""A kind of work.

	roles: who has to do it; others only follow it; whom: OFFICE, SECTIONS …; title: source string; since: the field (or a function from
	the table to a term) with the day since when it waits; due: the same for the day until when; titled: the field that is shown, by default
	the title of the DocType; filters: of the list, values may be functions; where: a function from the table to a further condition;
	action: the workflow action offered beside the row, for those that need no input; remind: the event of the reminder that can be sent;
	place: where its rows lead (form, reading, session or evaluation); everywhere: whether a section sees all that it may read, not only
	its own; takes_up: the DocType of a new record that takes up all of them together.
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


MANAGER_ONLY = (MANAGER,)


def _pending_for(roles: tuple[str, ...], whom: str) -> Callable[..., PendingWork]:
	return lambda id, doctype, title, since, due="", **more: PendingWork(id, doctype, title, roles, whom, since, due, **more)


_office, _manager = _pending_for((OFFICER,), OFFICE), _pending_for(MANAGER_ONLY, OFFICE)
_section = _pending_for((SECTION,), SECTIONS)
_organisation, _member = _pending_for((), ORGANISATIONS), _pending_for((), MEMBERS)

PENDING_WORK: tuple[PendingWork, ...] = (
	# the office, in the order of the year
	_office(
		"session",
		MEETING,
		_lt("Meetings held today or in session"),
		"meeting_date",
		filters=_before(MEETING, "Open Session", "Close Session", meeting_date=_today("<=")),
		place="session",
	),
	_office(
		"receive",
		PROPOSAL,
		_lt("Proposals to receive"),
		"submitted_on",
		filters=_before(PROPOSAL, "Receive"),
		where=when.is_first,
		action="Receive",
		place="reading",
	),
	_office(
		"corrected",
		PROPOSAL,
		_lt("Corrected proposals to receive"),
		"submitted_on",
		filters=_before(PROPOSAL, "Receive"),
		where=when.is_again,
		action="Receive",
		place="reading",
	),
	_office(
		"refer",
		PROPOSAL,
		_lt("Proposals to refer to a section"),
		"received_on",
		filters=_before(PROPOSAL, "Start Consultation"),
		place="reading",
	),
	_office(
		"answered",
		PROPOSAL,
		_lt("Proposals with the section's opinion, to bring before the committee"),
		"received_on",
		filters=_after(PROPOSAL, "Start Consultation"),
		where=when.is_answered,
		place="reading",
	),
	_office(
		"documents",
		PROPOSAL,
		_lt("Documents handed in, to check"),
		"documents_handed_in_on",
		filters=_before(PROPOSAL, "Return Documents"),
		place="reading",
	),
	_office(
		"early_start",
		PROPOSAL,
		_lt("Early starts to answer"),
		"early_start_asked_on",
		filters=lambda: {"early_start_asked_on": SET, "early_start_answered_on": UNSET},
	),
	_office(
		"agenda",
		PROPOSAL,
		_lt("Proposals on no agenda yet"),
		"received_on",
		filters=when.to_deliberate,
		where=when.is_on_no_agenda,
		takes_up=MEETING,
	),
	_office(
		"convene",
		MEETING,
		_lt("Meetings to convene"),
		"creation",
		"meeting_date",
		filters=_before(MEETING, "Convene", meeting_date=_today("<=", MEETINGS_AHEAD)),
	),
	_office("minutes", MEETING, _lt("Minutes to confirm"), "meeting_date", filters=_before(MEETING, "Confirm Minutes")),
	_office("publish_minutes", MEETING, _lt("Minutes to publish"), "minutes_confirmed_on", filters=_after(MEETING, "Confirm Minutes")),
	_office("letters_draft", LETTER, _lt("Letters to draft"), "creation", titled="subject", filters=_in(LETTER, WRITING)),
	# who approves a letter may belong to any section
	PendingWork(
		"letters_approve",
		LETTER,
		_lt("Letters to approve"),
		(OFFICER, SECTION, MANAGER),
		OFFICE,
		"asked_on",
		titled="subject",
		filters=lambda: {"name": ["in", letter_approvers.waiting_for(frappe.session.user)]},
		everywhere=True,
	),
	_office("letters_issue", LETTER, _lt("Letters to issue"), "approved_on", titled="subject", filters=_in(LETTER, EXAMINED)),
	_office(
		"budget",
		PROPOSAL,
		_lt("Votes on the budget to enter"),
		lambda proposal: Coalesce(proposal.decided_on, proposal.modified),
		filters=_before(PROPOSAL, "Confirm Budget"),
	),
	_office("register", ORGANISATION_RECORD, _lt("Registrations to check"), "applied_on", filters=_before(ORGANISATION_RECORD, "Register")),
	_office(
		"change_notice",
		"Kyodo Change Notice",
		_lt("Change notices to check"),
		"submitted_on",
		filters=_before("Kyodo Change Notice", "Accept"),
	),
	_office(
		"enquiry",
		"Kyodo Call Enquiry",
		_lt("Questions about calls to answer"),
		"asked_on",
		titled="question",
		filters=lambda: {"state": "To Be Answered"},
	),
	_office(
		"comment",
		"Kyodo Page Comment",
		_lt("Comments on pages to answer"),
		"received_on",
		titled="comment",
		filters=lambda: {"effect": UNSET},
	),
	_office("change", CHANGE, _lt("Changes of plans to decide"), "agreed_on", filters=_before(CHANGE, "Approve")),
	_office(
		"payment_decide",
		"Kyodo Payment Request",
		_lt("Requests for payment to decide"),
		"requested_on",
		filters=_before("Kyodo Payment Request", "Decide Payment"),
		action="Decide Payment",
	),
	_office(
		"payment_record",
		"Kyodo Payment Request",
		_lt("Requested payments to make"),
		"decided_on",
		filters=_before("Kyodo Payment Request", "Record Payment"),
	),
	_office(
		"payment_planned",
		PROJECT,
		_lt("Planned payments to make"),
		when.first_payment,
		filters=lambda: {"workflow_state": ["not in", states(PROJECT, OVER)]},
		where=when.with_payment_to_make,
	),
	_office("report", REPORT, _lt("Reports to accept"), "submitted_on", filters=_before(REPORT, "Accept"), place="reading"),
	_office("report_verify", REPORT, _lt("Reports to verify"), "accepted_on", filters=_before(REPORT, "Verify"), place="reading"),
	_office("round_verify", ROUND, _lt("Evaluations to verify"), "modified", filters=_before(ROUND, "Verify")),
	_office("round_publish", ROUND, _lt("Evaluations to publish"), "verified_on", filters=_before(ROUND, "Publish")),
	_office(
		"screening",
		"Kyodo Service Screening",
		_lt("Screenings to conclude"),
		"answered_on",
		filters=_before("Kyodo Service Screening", "Conclude Screening"),
	),
	_office(
		"event_announce",
		EVENT,
		_lt("Events to announce"),
		"creation",
		"held_on",
		filters=lambda: {"state": "Planned", "held_on": ["<=", add_days(nowdate(), EVENTS_AHEAD)]},
	),
	_office(
		"event_finish", EVENT, _lt("Events to wrap up"), "held_on", filters=lambda: {"state": "Announced", "held_on": ["<", nowdate()]}
	),
	_office(
		"case", "Kyodo Support Case", _lt("Questions to the support centre to answer"), "received_on", filters=lambda: {"state": "Open"}
	),
	# the section in charge
	_section(
		"opinion",
		PROPOSAL,
		_lt("Proposals waiting for the section's opinion"),
		"received_on",
		filters=_after(PROPOSAL, "Start Consultation"),
		where=lambda proposal: when.is_answered(proposal).negate(),
		place="reading",
	),
	_section(
		"own_correction",
		PROPOSAL,
		_lt("Own proposals to correct"),
		when.returned_on,
		filters=lambda: {**when.returned(), "origin": ["!=", "Organisation"]},
	),
	_section(
		"point",
		POINT,
		_lt("Open points to answer"),
		"creation",
		filters=lambda: {"state": "Open"},
		where=lambda point: when.last_word_of(ORGANISATION)(point) & when.of_open_projects(point),
	),
	_section(
		"agreement_offer",
		AGREEMENT,
		_lt("Agreements to offer"),
		"modified",
		filters=_before(AGREEMENT, "Offer"),
		where=when.of_open_projects,
	),
	_section(
		"agreement_sign",
		AGREEMENT,
		_lt("Agreements to sign"),
		"offered_on",
		filters=_after(AGREEMENT, "Offer"),
		where=when.not_signed_by(CITY),
	),
	_section(
		"project_complete",
		PROJECT,
		_lt("Projects whose time is over"),
		"to_date",
		filters=_before(PROJECT, "Complete", to_date=_today("<")),
	),
	_section(
		"note",
		NOTE,
		_lt("Notes to read and acknowledge"),
		"creation",
		when.reply_due("creation"),
		titled="subject",
		filters=lambda: {"acknowledged_on": UNSET, "side": ORGANISATION},
		where=when.of_open_projects,
		remind="Note Unanswered",
	),
	_section(
		"change_answer",
		CHANGE,
		_lt("Changes of plans to answer"),
		"submitted_on",
		when.reply_due("submitted_on"),
		filters=_before(CHANGE, "Agree", "Agree to Change", side=ORGANISATION),
		remind="Plan Change Unanswered",
	),
	_section(
		"sheet",
		ROUND,
		_lt("Evaluation sheets to write"),
		"creation",
		"due_date",
		filters=_before(ROUND, "Bring Together"),
		where=when.without_sheet_of(CITY),
		remind="Evaluation Due",
		place="evaluation",
	),
	_section(
		"dialogue", ROUND, _lt("Evaluations to talk about"), "modified", filters=_before(ROUND, "Conclude Dialogue"), place="evaluation"
	),
	_section(
		"screening_answer",
		"Kyodo Service Screening",
		_lt("Screenings to write"),
		"creation",
		filters=_before("Kyodo Service Screening", "Hand In"),
	),
	# the manager
	_manager("programme", "Kyodo Programme", _lt("Programmes to open"), "creation", filters=lambda: {"is_draft": 1}),
	_manager(
		"section_people",
		"Kyodo Section",
		_lt("Sections without people"),
		"creation",
		filters=lambda: {"disabled": 0, "is_office": 0},
		where=when.without_people,
	),
	# organisations, for whom the city waits
	_organisation(
		"returned",
		PROPOSAL,
		_lt("Corrections of proposals"),
		when.returned_on,
		filters=lambda: {**when.returned(), "origin": ["!=", "City"]},
		place="reading",
	),
	_organisation(
		"paper",
		PROPOSAL,
		_lt("Paper proposals to be confirmed"),
		"submitted_on",
		filters=_before(PROPOSAL, "Receive", intake="Paper", confirmed_on=UNSET, confirmation_note=UNSET),
		place="reading",
	),
	_organisation(
		"later_documents",
		PROPOSAL,
		_lt("Documents after the section talk"),
		"later_documents_on",
		"documents_due_on",
		filters=_before(PROPOSAL, "Hand In Documents"),
		remind="Documents Due",
		place="reading",
	),
	_organisation(
		"agreement_signed",
		AGREEMENT,
		_lt("Signatures under agreements"),
		"offered_on",
		filters=_after(AGREEMENT, "Offer"),
		where=when.not_signed_by(ORGANISATION),
	),
	_organisation(
		"point_answer",
		POINT,
		_lt("Answers to open points"),
		"creation",
		filters=lambda: {"state": "Open"},
		where=lambda point: when.last_word_of(CITY)(point) & when.of_open_projects(point),
	),
	_organisation(
		"note_read",
		NOTE,
		_lt("Notes not acknowledged yet"),
		"creation",
		when.reply_due("creation"),
		titled="subject",
		filters=lambda: {"acknowledged_on": UNSET, "side": CITY},
		where=when.of_open_projects,
		remind="Note Unanswered",
	),
	_organisation(
		"change_agree",
		CHANGE,
		_lt("Answers to changes of plans"),
		"submitted_on",
		when.reply_due("submitted_on"),
		filters=_before(CHANGE, "Agree", "Agree to Change", side=CITY),
		remind="Plan Change Unanswered",
	),
	_organisation(
		"report_write",
		REPORT,
		_lt("Reports that fall due"),
		"creation",
		"due_date",
		filters=_before(REPORT, "Submit", due_date=_today("<=", SOON)),
		remind="Report Due",
		place="reading",
	),
	_organisation(
		"sheet_write",
		ROUND,
		_lt("Evaluation sheets of organisations"),
		"creation",
		"due_date",
		filters=_before(ROUND, "Bring Together"),
		where=when.without_sheet_of(ORGANISATION),
		remind="Evaluation Due",
		place="evaluation",
	),
	# members of committees
	_member(
		"attendance",
		MEETING,
		_lt("Answers to invitations"),
		"invited_on",
		"answer_by",
		filters=_in(MEETING, WAITING, meeting_date=_today(">=")),
		where=when.unanswered,
		remind="Attendance Reminder",
	),
	_member(
		"marks",
		MEETING,
		_lt("Marks of members"),
		"invited_on",
		"mark_by",
		filters=_in(MEETING, WAITING, EXAMINED, marking_closed_on=UNSET, meeting_date=_today(">=")),
		where=when.unmarked,
		remind="Marks Reminder",
	),
	_member(
		"check",
		MEETING,
		_lt("Checks of minutes"),
		when.asked_to_check,
		filters=_before(MEETING, "Confirm Minutes"),
		where=when.unchecked,
		remind="Minutes Check Due",
	),
)


def of_roles(roles: Iterable[str]) -> list[PendingWork]:
	"""Return what waits for somebody with these roles."""
	own = set(roles)
	return [work for work in PENDING_WORK if own & set(work.roles)]


def for_others(roles: Iterable[str]) -> list[PendingWork]:
	"""Return what somebody with these roles follows while it waits for others."""
	own = set(roles)
	followed = {OFFICER: (SECTIONS, ORGANISATIONS, MEMBERS), SECTION: (ORGANISATIONS, OFFICE), MANAGER: (OFFICE, SECTIONS, MEMBERS)}
	whom = {one for role in own for one in followed.get(role, ())}
	return [work for work in PENDING_WORK if work.whom in whom and not own & set(work.roles) and work.roles != MANAGER_ONLY]
