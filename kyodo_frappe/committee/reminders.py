"""Reminders to committee members: answers, reviews and checks of minutes."""

import datetime
from collections.abc import Iterator

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, cint, get_datetime, getdate

from kyodo_frappe.committee import convening, interests, minutes, seats
from kyodo_frappe.committee.meeting_record import CALLED
from kyodo_frappe.messages import people
from kyodo_frappe.messages.due import Due
from kyodo_frappe.workflows.states import WAITING, states

MEETING = "Kyodo Meeting"


def missing_answers(today: datetime.date) -> Iterator[Due]:
	"""Yield convened meetings whose invitation is not answered by everybody."""
	return _upcoming_meetings(states(MEETING, WAITING), "answer_by", today, _members_without_answer)


def missing_marks(today: datetime.date) -> Iterator[Due]:
	"""Yield meetings with open reviews."""
	return _upcoming_meetings(states(MEETING, *CALLED), "mark_by", today, _members_without_marks)


def pending_minutes_checks(today: datetime.date) -> Iterator[Due]:
	"""Yield minutes before the turn of the current checker ends."""
	for name in frappe.get_all(MEETING, {"workflow_state": "Closed"}, pluck="name", order_by="meeting_date, name"):
		doc = frappe.get_doc(MEETING, name)
		row = minutes.pending_check(doc)
		days = cint(frappe.get_cached_value("Kyodo Programme", doc.programme, "minutes_turn_days"))
		if row and row.asked_on and days:
			over = getdate(add_days(get_datetime(row.asked_on), days))
			yield Due(MEETING, name, doc.programme, over, ask=_current_checker, key=row.name)


def _upcoming_meetings(in_states: list[str], field: str, today: datetime.date, ask) -> Iterator[Due]:
	filters = {"workflow_state": ["in", in_states], field: ["is", "set"], "meeting_date": [">=", today]}
	for row in frappe.get_all(MEETING, filters, ["name", "programme", field], order_by="meeting_date, name"):
		yield Due(MEETING, row.name, row.programme, getdate(row.get(field)), ask=ask)


def _members_without_answer(doc: Document) -> tuple[list[dict], dict]:
	rows = [row for row in doc.attendance if row.user and row.answer in (None, "", "Not Answered")]
	return [person for row in rows for person in people.recipient(row.user, row.member_name)], convening.invitation_facts(doc)


def _members_without_marks(doc: Document) -> tuple[list[dict], dict]:
	if doc.marking_closed_on:
		return [], {}
	rows = frappe.get_all(
		"Kyodo Review",
		{"meeting": doc.name, "submitted_on": ["is", "not set"], "interest_declared": 0, "released": 0},
		["member", "proposal"],
		order_by="name",
	)
	recused = {item.proposal: interests.recused(doc, item) for item in doc.agenda if item.proposal}
	members = {row.member for row in rows if row.member not in recused.get(row.proposal, ())}
	recipients = []
	for row in doc.attendance:
		if (user := seats.sitting_user(row)) in members:
			recipients += people.recipient(user, row.substitute_name if row.substitute_user else row.member_name)
	return recipients, {**convening.invitation_facts(doc), "link": "/kyodo/my/reviews"}


def _current_checker(doc: Document) -> tuple[list[dict], dict]:
	row = minutes.pending_check(doc)
	return (people.recipient(row.user, row.member_name), minutes.check_facts(doc, row)) if row else ([], {})
