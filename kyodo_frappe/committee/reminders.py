"""What is still wanted from the members of a meeting: an answer, their marks, their look at the minutes."""

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


def answers_waited_for(today: datetime.date) -> Iterator[Due]:
	return _to_come(states(MEETING, WAITING), "answer_by", today, _silent)


def marks_waited_for(today: datetime.date) -> Iterator[Due]:
	return _to_come(states(MEETING, *CALLED), "mark_by", today, _without_marks)


def minutes_waited_for(today: datetime.date) -> Iterator[Due]:
	"""The member whose turn it is to check the minutes, before the turn goes on to the next one."""
	for name in frappe.get_all(MEETING, {"workflow_state": "Closed"}, pluck="name", order_by="meeting_date, name"):
		doc = frappe.get_doc(MEETING, name)
		row = minutes.turn(doc)
		days = cint(frappe.get_cached_value("Kyodo Programme", doc.programme, "minutes_turn_days"))
		if row and row.asked_on and days:
			over = getdate(add_days(get_datetime(row.asked_on), days))
			yield Due(MEETING, name, doc.programme, over, ask=_whose_turn, key=row.name)


def _to_come(in_states: list[str], field: str, today: datetime.date, ask) -> Iterator[Due]:
	filters = {"workflow_state": ["in", in_states], field: ["is", "set"], "meeting_date": [">=", today]}
	for row in frappe.get_all(MEETING, filters, ["name", "programme", field], order_by="meeting_date, name"):
		yield Due(MEETING, row.name, row.programme, getdate(row.get(field)), ask=ask)


def _silent(doc: Document) -> tuple[list[dict], dict]:
	rows = [row for row in doc.attendance if row.user and row.answer in (None, "", "Not Answered")]
	return [person for row in rows for person in people.recipient(row.user, row.member_name)], convening.facts_of(doc)


def _without_marks(doc: Document) -> tuple[list[dict], dict]:
	if doc.marking_closed_on:
		return [], {}
	rows = frappe.get_all(
		"Kyodo Review",
		{"meeting": doc.name, "submitted_on": ["is", "not set"], "interest_declared": 0, "released": 0},
		["member", "proposal"],
		order_by="name",
	)
	aside = {item.proposal: interests.aside(doc, item) for item in doc.agenda if item.proposal}
	waiting = {row.member for row in rows if row.member not in aside.get(row.proposal, ())}
	to = []
	for row in doc.attendance:
		if (user := seats.sitting_user(row)) in waiting:
			to += people.recipient(user, row.substitute_name if row.substitute_user else row.member_name)
	return to, {**convening.facts_of(doc), "link": "/kyodo/my/reviews"}


def _whose_turn(doc: Document) -> tuple[list[dict], dict]:
	row = minutes.turn(doc)
	return (people.recipient(row.user, row.member_name), minutes.facts_of(doc, row)) if row else ([], {})
