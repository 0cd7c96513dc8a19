"""Conditions and days of waiting work that a list's filters cannot say, as criteria and terms of the database (front/pending_work.py)."""

from collections.abc import Callable
from typing import Any

import frappe
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Coalesce, Max, Min
from frappe.utils import add_days, cint, nowdate
from pypika.terms import ExistsCriterion, Interval

from kyodo_frappe.partnership.parties import CITY, ORGANISATION
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.workflows.states import EXAMINED, OVER, UNDECIDED, drafts, states, states_before

PROPOSAL, MEETING, PROJECT, AGREEMENT, POINT = "Kyodo Proposal", "Kyodo Meeting", "Kyodo Project", "Kyodo Agreement", "Kyodo Open Point"
SOON = 14  # days: what is planned waits this long before its day


def _linked(table, child: str, link: str, where: Callable[[Any], Criterion]) -> Criterion:
	"""Whether records of another DocType, or rows of a table, name this one and fulfil a condition.

	Asked of each record that waits: the database would else read all those of the other DocType first.
	"""
	other = frappe.qb.DocType(child)
	return ExistsCriterion(frappe.qb.from_(other).select(other.name).where((other[link] == table.name) & where(other)))


def _rows(table, child: str, parenttype: str, where: Callable[[Any], Criterion]) -> Criterion:
	return _linked(table, child, "parent", lambda row: (row.parenttype == parenttype) & where(row))


def is_answered(proposal) -> Criterion:
	"""The section has written its opinion (Kyodo Proposal: section_has_answered)."""
	return _linked(
		proposal,
		"Kyodo Consultation",
		"proposal",
		lambda row: (row.kind == "Section Talk") & row.opinion.isnotnull() & (row.opinion != ""),
	)


def is_again(proposal) -> Criterion:
	"""The proposal has been handed in before."""
	return proposal.submitted_on > _first_time(proposal)


def is_first(proposal) -> Criterion:
	"""The proposal is handed in for the first time."""
	return proposal.first_submitted_on.isnull() | (proposal.submitted_on <= _first_time(proposal))


def _first_time(proposal):
	# both fields are stamped in turn
	return proposal.first_submitted_on + Interval(minutes=1)


def returned_on(record):
	"""The day of the last correction that was asked for."""
	row = frappe.qb.DocType("Kyodo Correction")
	return Coalesce(frappe.qb.from_(row).select(Max(row.returned_on)).where(row.parent == record.name), record.modified)


def is_on_no_agenda(proposal) -> Criterion:
	"""No meeting that is still to decide has the proposal on its agenda."""
	item, meeting = frappe.qb.DocType("Kyodo Agenda Item"), frappe.qb.DocType(MEETING)
	planned = (
		frappe.qb.from_(item)
		.join(meeting)
		.on((meeting.name == item.parent) & (item.parenttype == MEETING))
		.select(item.name)
		.where((item.proposal == proposal.name) & (item.postponed == 0) & meeting.workflow_state.isin(states(MEETING, *UNDECIDED)))
	)
	return ExistsCriterion(planned).negate()


def to_deliberate() -> dict:
	"""States in which a meeting decides: under examination, with neither the office's step nor a vote of the council to come."""
	earlier = {*states_before(PROPOSAL, "Start Consultation"), *states_before(PROPOSAL, "Refer to Step 1")}
	earlier |= set(states_before(PROPOSAL, "Confirm Budget"))
	return {"workflow_state": ["in", [state for state in states(PROPOSAL, EXAMINED) if state not in earlier]]}


def returned() -> dict:
	"""Filters of proposals that were returned to their organisation."""
	return {"workflow_state": ["in", [state for state in states_before(PROPOSAL, "Submit") if state not in drafts(PROPOSAL)]]}


def not_signed_by(side: str) -> Callable[[Any], Criterion]:
	"""The agreement has a party on this side that has not confirmed it."""

	def where(agreement) -> Criterion:
		party = _rows(agreement, "Kyodo Agreement Party", AGREEMENT, lambda row: row.side == side)
		signed = _rows(agreement, "Kyodo Agreement Confirmation", AGREEMENT, lambda row: (row.side == side) & row.confirmed_on.isnotnull())
		return party & signed.negate()

	return where


def without_sheet_of(side: str) -> Callable[[Any], Criterion]:
	"""The evaluation waits for the sheet of this side."""
	return lambda evaluation: _linked(
		evaluation, "Kyodo Evaluation Sheet", "evaluation_round", lambda sheet: (sheet.side == side) & sheet.submitted_on.isnull()
	)


def last_word_of(side: str) -> Callable[[Any], Criterion]:
	"""Open points whose last reply, or else the point itself, is of a side; replies of the office do not count."""

	def where(point) -> Criterion:
		row, last = frappe.qb.DocType("Kyodo Point Reply"), frappe.qb.DocType("Kyodo Point Reply").as_("last")
		of_sides = (last.parent == point.name) & (last.parenttype == POINT) & last.side.isin((CITY, ORGANISATION))
		newest = frappe.qb.from_(last).select(Max(last.idx)).where(of_sides)
		said = frappe.qb.from_(row).select(row.side).where((row.parent == point.name) & (row.parenttype == POINT) & (row.idx == newest))
		return Coalesce(said, point.side) == side

	return where


def of_open_projects(record) -> Criterion:
	"""The record belongs to a project that is not over."""
	project = frappe.qb.DocType(PROJECT)
	over = (project.name == record.project) & project.workflow_state.isin(states(PROJECT, OVER))
	return record.project.isnotnull() & ExistsCriterion(frappe.qb.from_(project).select(project.name).where(over)).negate()


def with_payment_to_make(project) -> Criterion:
	"""The project has a payment that nobody has asked for and that is planned within SOON days.

	Few payments are to be made and most projects wait for none: these are found by the payments.
	"""
	row = frappe.qb.DocType("Kyodo Payment")
	return project.name.isin(frappe.qb.from_(row).select(row.parent).where((row.parenttype == PROJECT) & _is_to_be_paid(row)))


def _is_to_be_paid(row) -> Criterion:
	asked = row.request.isnotnull() & (row.request != "")  # then the request waits itself
	return row.paid_on.isnull() & (row.planned_on <= add_days(nowdate(), SOON)) & asked.negate() & (row.kind != "Refund")


def first_payment(project):
	"""The day of the first of these payments."""
	row = frappe.qb.DocType("Kyodo Payment")
	return frappe.qb.from_(row).select(Min(row.planned_on)).where((row.parent == project.name) & _is_to_be_paid(row))


def unanswered(meeting) -> Criterion:
	"""Somebody has not answered the invitation to the meeting."""
	return _rows(
		meeting,
		"Kyodo Attendance",
		MEETING,
		lambda row: row.user.isnotnull() & (row.answer.isnull() | row.answer.isin(("", "Not Answered"))),
	)


def unmarked(meeting) -> Criterion:
	"""A member has not handed in the marks."""
	return _linked(
		meeting,
		"Kyodo Review",
		"meeting",
		lambda review: review.submitted_on.isnull() & (review.interest_declared == 0) & (review.released == 0),
	)


def unchecked(meeting) -> Criterion:
	"""Somebody who was asked has not checked the minutes."""
	return _rows(meeting, "Kyodo Minutes Check", MEETING, lambda row: row.asked_on.isnotnull() & row.checked_on.isnull())


def asked_to_check(meeting):
	"""The moment when they were asked last."""
	row = frappe.qb.DocType("Kyodo Minutes Check")
	open_checks = (row.parent == meeting.name) & row.asked_on.isnotnull() & row.checked_on.isnull()
	return frappe.qb.from_(row).select(Max(row.asked_on)).where(open_checks)


def reply_due(fieldname: str) -> Callable[[Any], Any]:
	"""The day until when a side answers the other: the running programmes' `reply_days`, the longest where they differ."""

	def due(table):
		days = [cint(frappe.get_cached_value("Kyodo Programme", name, "reply_days")) for name in programme_visibility.running()]
		return table[fieldname] + Interval(days=max(days)) if any(days) else None

	return due


def without_people(section) -> Criterion:
	"""The section has no member with a login."""
	return _rows(section, "Kyodo Section Member", "Kyodo Section", lambda row: row.user.isnotnull()).negate()
