"""The calendar of a committee and the agendas of its meetings."""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate

from kyodo_frappe.committee import seats
from kyodo_frappe.committee.errors import InvalidAgenda, MeetingOver
from kyodo_frappe.committee.meeting_record import MEETING, locked
from kyodo_frappe.common import request_json, vocabulary
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import deadlines
from kyodo_frappe.programme.errors import NotPlanned
from kyodo_frappe.proposals import later_documents
from kyodo_frappe.rules.era import era_date, era_year
from kyodo_frappe.rules.meeting_plan import PlannedMeeting, dates_after_deadline, item_times, missing_meetings, year_plan
from kyodo_frappe.workflows.states import UNDECIDED, category_of, states

SUBJECT_FIELDS = ("proposal", "report", "evaluation_round")


# -- the calendar of the year --------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def plan_year(committee: str, fiscal_year: int) -> dict:
	"""Create the meetings of a fiscal year from the programme's plan, except those already in the calendar.

	Planned days in the past are skipped. Returns {made: [{name, meeting_type, meeting_date}], warnings: [sentence]}. Raises
	PermissionError, and ValidationError for a programme without a plan.
	"""
	require(OFFICER)
	# of two requests at once the second one waits here and finds the meetings of the first
	doc = frappe.get_doc("Kyodo Committee", committee, for_update=True)
	doc.check_permission("read")
	fiscal_year = cint(fiscal_year)
	programme = frappe.get_cached_doc("Kyodo Programme", doc.programme)
	if not programme.meeting_plan:
		frappe.throw(
			_("The programme has no plan of meetings yet. Enter it in the programme under “{0}”.").format(
				_(programme.meta.get_label("meeting_plan"))
			),
			exc=NotPlanned,
		)
	with translate_rule_errors():
		plan = year_plan([row.as_dict() for row in programme.meeting_plan], fiscal_year, deadlines.closures(doc.programme))
	plan = [meeting for meeting in plan if not committee_mismatch(doc, meeting.meeting_type)]
	calendar = _calendar(committee, fiscal_year)
	missing = missing_meetings(plan, calendar)
	past = [meeting for meeting in missing if meeting.day < getdate()]
	made = [_create_meeting(committee, meeting) for meeting in missing if meeting not in past]
	return {"made": made, "warnings": [*_past_day_warnings(past), *warnings(doc, fiscal_year)]}


def committee_mismatch(committee: Document, meeting_type: str) -> str | None:
	"""Return a sentence that says why a committee of this kind does not hold such a meeting; None if it does.

	国分寺 方針2: one committee examines, another one evaluates, and a team of the city's staff screens.
	"""
	if vocabulary.held_like(meeting_type) in seats.STEPS and committee.kind != "Examination":
		return _("“{0}” does not examine proposals. Please plan this meeting for the committee that does.").format(committee.committee_name)
	evaluating = {"programme": committee.programme, "kind": "Evaluation", "disabled": 0}
	if (
		vocabulary.held_like(meeting_type) == "Evaluation"
		and committee.kind != "Evaluation"
		and frappe.db.exists("Kyodo Committee", evaluating)
	):
		return _("In this programme another committee evaluates. Please plan this meeting for that committee.")
	return None


def warnings(committee: Document, fiscal_year: int) -> list[str]:
	"""Return sentences about problems in the calendar of a fiscal year."""
	programme = frappe.get_cached_doc("Kyodo Programme", committee.programme)
	calendar = _calendar(committee.name, fiscal_year)
	if committee.kind != "Examination":
		return _term_warnings(committee, calendar)
	found = []
	if len(calendar) < cint(programme.meetings_per_year):
		found.append(
			_("{0} has {1} meetings; the programme requires {2}.").format(era_year(fiscal_year), len(calendar), programme.meetings_per_year)
		)
	if programme.two_step_decision and not any(kind == "Step 2" for kind, _day in calendar):
		found.append(_("No meeting of step 2 is planned, but this programme decides in two steps."))
	deadline = deadlines.due(programme.name, deadlines.STEP_2, year=fiscal_year)
	for day in dates_after_deadline([(vocabulary.held_like(kind), day) for kind, day in calendar], deadline):
		found.append(_late_warning(programme.name, deadline, day))
	found += _term_warnings(committee, calendar)
	return found + _balance_warnings(committee)


def _late_warning(programme: str, deadline: datetime.date, day: datetime.date) -> str:
	rule = deadlines.rule_of(programme, deadlines.STEP_2)
	return _("Step 2 on {0} is later than “{1}” ({2}).").format(era_date(day), rule.label, era_date(deadline))


def _calendar(committee: str, fiscal_year: int) -> list[tuple[str, datetime.date]]:
	meeting = frappe.qb.DocType(MEETING)
	rows = (
		frappe.qb.from_(meeting)
		.select(meeting.meeting_type, meeting.meeting_date)
		.where((meeting.committee == committee) & (meeting.fiscal_year == fiscal_year))
		.where((meeting.workflow_state != "Cancelled") & meeting.meeting_date.isnotnull())
		.orderby(meeting.meeting_date)
		.for_update()  # a locking read sees what was committed since this request began
		.run(as_dict=True)
	)
	return [(row.meeting_type, getdate(row.meeting_date)) for row in rows]


def _create_meeting(committee: str, planned: PlannedMeeting) -> dict:
	doc = frappe.new_doc(MEETING)
	doc.update(
		{
			"committee": committee,
			"meeting_type": planned.meeting_type,
			"meeting_date": planned.day,
			"begins_at": planned.begins_at,
		}
	)
	if planned.topic:
		doc.append("agenda", {"item_type": "Topic", "subject": planned.topic})
	doc.insert()
	return {"name": doc.name, "meeting_type": doc.meeting_type, "meeting_date": str(doc.meeting_date)}


def _past_day_warnings(past: list[PlannedMeeting]) -> list[str]:
	if not past:
		return []
	days = _(", ").join(f"{era_date(meeting.day)} {vocabulary.word(vocabulary.MEETING_TYPE, meeting.meeting_type)}" for meeting in past)
	return [_("Not created, because the planned date is past: {0}.").format(days)]


def _term_warnings(committee: Document, calendar: list[tuple[str, datetime.date]]) -> list[str]:
	found = []
	for row in committee.members:
		if not row.to_date:
			continue
		days = [
			day
			for kind, day in calendar
			if getdate(row.to_date) < day and (kind not in seats.STEPS or row.steps in (None, "", "Both", kind))
		]
		if days:
			found.append(
				_("The term of {0} ends on {1}, before the meeting of {2}.").format(
					row.member_name, era_date(row.to_date), era_date(days[0])
				)
			)
	return found


def _balance_warnings(committee: Document) -> list[str]:
	found = []
	for step in seats.STEPS:
		balance = seats.committee_balance(committee, step)
		if committee.members and not balance.met:
			found.append(
				_("{0}: the two sides are not roughly equal in number (city {1}, citizens {2}).").format(
					_(step), balance.city, balance.organisation
				)
			)
	return found


# -- the agenda ----------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def waiting(meeting: str) -> list[dict]:
	"""Return the records that can be put on the agenda of a meeting and are on no other open agenda.

	[{item_type, proposal | report | evaluation_round, subject, since, suggested}]: proposals in the step of the meeting,
	postponed ones included; reports and evaluations ready to be verified. Raises PermissionError.
	"""
	require(OFFICER)
	doc = frappe.get_doc(MEETING, meeting)
	doc.check_permission("read")
	return _waiting(doc)


@frappe.whitelist(methods=["POST"])
def put_on_agenda(meeting: str, rows: list | str) -> int:
	"""Add records from `waiting` to the agenda and schedule its items. Returns how many items were added.

	`rows`: names of proposals, reports and evaluation rounds. Raises PermissionError, ValidationError.
	"""
	require(OFFICER)
	doc = _open_meeting(meeting)
	ready = {_subject_name(row): row for row in _waiting(doc)}
	names = request_json.names(rows)
	for name in names:
		row = ready.get(name)
		if row is None:
			if frappe.db.exists("Kyodo Proposal", name):
				later_documents.check_handed_in(frappe.get_doc("Kyodo Proposal", name))
			frappe.throw(_("{0} is not ready for this meeting, or is already on another agenda.").format(name), InvalidAgenda)
		doc.append("agenda", {field: row.get(field) for field in ("item_type", "subject", *SUBJECT_FIELDS)})
	if doc.begins_at:
		_schedule_items(doc)
	doc.save()
	return len(names)


@frappe.whitelist(methods=["POST"])
def lay_out_times(meeting: str) -> None:
	"""Schedule the items of the agenda one after the other. Raises PermissionError, ValidationError."""
	require(OFFICER)
	doc = _open_meeting(meeting)
	if not doc.begins_at:
		frappe.throw(_("Please enter first when the meeting begins."), InputMissing)
	_schedule_items(doc)
	doc.save()


def _schedule_items(doc: Document):
	usual = cint(frappe.get_cached_value("Kyodo Programme", doc.programme, "minutes_per_item"))
	for item in doc.agenda:
		item.minutes_planned = cint(item.minutes_planned) or usual
	times = item_times([item.minutes_planned for item in doc.agenda], doc.begins_at)
	for item, time in zip(doc.agenda, times, strict=False):
		item.begins_at = time
	if doc.workflow_state == "Planned" and doc.agenda and not doc.ends_at:
		doc.ends_at = times[-1]


def _open_meeting(meeting: str) -> Document:
	doc = locked(meeting, "write")
	if category_of(doc) not in UNDECIDED:
		frappe.throw(_("The meeting is over. Its agenda can no longer be changed."), MeetingOver)
	return doc


def _waiting(doc: Document) -> list[dict]:
	excluded = _on_open_agendas() | {row.get(field) for row in doc.agenda for field in SUBJECT_FIELDS}
	found = []
	held_like = vocabulary.held_like(doc.meeting_type)
	if held_like in seats.STEPS:
		found += _agenda_candidates(
			"Kyodo Proposal",
			"proposal",
			{"programme": doc.programme, "workflow_state": held_like},
			("title", "received_on"),
			True,
		)
	verifying = held_like in ("Evaluation", "Extra")
	found += _agenda_candidates(
		"Kyodo Report", "report", {"programme": doc.programme, "workflow_state": "Accepted"}, ("project_name", "submitted_on"), verifying
	)
	found += _agenda_candidates(
		"Kyodo Evaluation Round",
		"evaluation_round",
		{"programme": doc.programme, "workflow_state": "Discussed"},
		("project_name", "modified"),
		verifying,
	)
	return [row for row in found if _subject_name(row) not in excluded]


def _agenda_candidates(doctype: str, field: str, filters: dict, columns: tuple[str, str], suggested: bool) -> list[dict]:
	title, since = columns
	kind = {"proposal": "Proposal", "report": "Report", "evaluation_round": "Evaluation"}[field]
	rows = frappe.get_all(doctype, filters, ["name", title, since], order_by=f"{since} asc, name asc")
	return [
		{
			"item_type": kind,
			field: row.name,
			"subject": row.get(title) or row.name,
			"since": era_date(getdate(row.get(since))) if row.get(since) else "",
			"suggested": suggested,
		}
		for row in rows
	]


def _subject_name(row: dict) -> str:
	return next(row[field] for field in SUBJECT_FIELDS if row.get(field))


def _on_open_agendas() -> set[str]:
	"""Return the names of the records on agendas of meetings that are not over, except postponed items."""
	meeting, item = frappe.qb.DocType(MEETING), frappe.qb.DocType("Kyodo Agenda Item")
	rows = (
		frappe.qb.from_(item)
		.join(meeting)
		.on((item.parent == meeting.name) & (item.parenttype == MEETING))
		.select(item.proposal, item.report, item.evaluation_round, item.postponed, meeting.name)
		.where(meeting.workflow_state.isin(states(MEETING, *UNDECIDED)))
		.orderby(item.name)
		.run(as_dict=True)
	)
	return {row[field] for row in rows if not row.postponed for field in SUBJECT_FIELDS if row[field]}
