"""Seats in a meeting: committee members by step and term, substitutes, balance of the two sides."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.committee.errors import InvalidAttendance, SubstituteNotAllowed
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.programme.call_rules import STEPS
from kyodo_frappe.rules.quorum import Balance, balance


def seats_on(committee: str, meeting_type: str, day) -> list[Document]:
	"""Return the committee members who sit in a meeting of this type on that day."""
	day = getdate(day)
	held_like = vocabulary.held_like(meeting_type)
	step = held_like if held_like in STEPS else None
	return [
		row
		for row in frappe.get_cached_doc("Kyodo Committee", committee).members
		if (not step or row.steps in (None, "", "Both", step))
		and (not row.from_date or getdate(row.from_date) <= day)
		and (not row.to_date or day <= getdate(row.to_date))
	]


def sitting_user(row: Document) -> str | None:
	"""Return the user who sits on a row of the attendance: the substitute if one is named, else the member."""
	return row.substitute_user or row.user


def fill_attendance(meeting: Document):
	"""Fill the attendance from the committee; existing rows keep what was entered.

	While the meeting is planned, members without a seat (another day, another step) are removed. Raises NotSeated for a
	row that is not a seat of the committee, a member listed twice, or a substitute who may not sit.
	"""
	if not meeting.committee:
		return
	seated = seats_on(meeting.committee, meeting.meeting_type, meeting.meeting_date or frappe.utils.nowdate())
	stored = _stored_rows(meeting)
	if (meeting.workflow_state or "Planned") == "Planned":
		_remove_unseated(meeting, seated, stored)
	known = {_seat_key(row) for row in meeting.attendance}
	for seat in seated:
		if _seat_key(seat) not in known:
			meeting.append("attendance", {column: seat.get(column) for column in ("user", "member_name", "side", "position")})
	_check_rows(meeting, seated, stored)


def _remove_unseated(meeting: Document, seated: list[Document], stored: set[str]):
	"""Remove members who no longer sit in the meeting, unless something was entered for them."""
	keys = {_seat_key(seat) for seat in seated}
	meeting.set(
		"attendance",
		[row for row in meeting.attendance if row.name not in stored or _seat_key(row) in keys or _has_entries(row)],
	)


def committee_balance(committee: Document, step: str = "Step 1") -> Balance:
	"""Return the balance of a committee's seats in a step within the programme's tolerance."""
	rows = [{"member": _seat_key(row), "side": row.side, "steps": row.steps} for row in committee.members]
	return _balance(rows, committee.programme, step)


def room_balance(meeting: Document, present: list[Document]) -> Balance:
	"""Return the balance of the attendance rows `present`."""
	return _balance([{"member": row.name, "side": row.side} for row in present], meeting.programme, None)


def chair_name(meeting: Document) -> str:
	"""Return the name of the member who chairs the committee on that day; empty if none or several do."""
	names = [seat.member_name for seat in seats_on(meeting.committee, meeting.meeting_type, meeting.meeting_date) if seat.is_chair]
	return names[0] if len(names) == 1 else ""


def chair_rows(meeting: Document) -> set[str]:
	"""Return the names of the attendance rows of members who chair the committee on that day, including rows with a substitute."""
	keys = {_seat_key(seat) for seat in seats_on(meeting.committee, meeting.meeting_type, meeting.meeting_date) if seat.is_chair}
	return {row.name for row in meeting.attendance if _seat_key(row) in keys}


def chairs(committee: str) -> list[str]:
	"""Return the users who chair the committee."""
	rows = frappe.get_cached_doc("Kyodo Committee", committee).members
	return [row.user for row in rows if row.is_chair and row.user]


def _balance(rows: list[dict], programme: str, step: str | None) -> Balance:
	tolerance = frappe.get_cached_value("Kyodo Programme", programme, "balance_tolerance")
	with translate_rule_errors():
		return balance(rows, tolerance or 0, step)


def _seat_key(row: Document) -> str:
	return row.user or row.member_name


def _has_entries(row: Document) -> bool:
	return bool(row.present or row.answer not in (None, "", "Not Answered"))


def _stored_rows(meeting: Document) -> set[str]:
	before = meeting.get_doc_before_save()
	return {row.name for row in before.attendance} if before else set()


def _check_rows(meeting: Document, seated: list[Document], stored: set[str]):
	allowed = frappe.get_cached_value("Kyodo Programme", meeting.programme, "substitutes_allowed")
	by_seat = {_seat_key(seat): seat for seat in seated}
	seen = set()
	for row in meeting.attendance:
		key = _seat_key(row)
		if key in seen:
			frappe.throw(_("{0} is listed twice.").format(row.member_name or key), InvalidAttendance)
		seen.add(key)
		if key not in by_seat and row.name not in stored:
			frappe.throw(
				_("{0} is not a member of this meeting. Add them to the committee or to the guests.").format(row.member_name or key),
				InvalidAttendance,
			)
		_check_substitute(row, by_seat.get(key), allowed)
		if row.arrived_at and row.left_at and row.left_at < row.arrived_at:
			frappe.throw(_("{0} cannot leave before arriving.").format(row.member_name), InvalidAttendance)


def _check_substitute(row: Document, seat: Document | None, allowed: int):
	if not (row.substitute_name or row.substitute_user):
		return
	if not allowed:
		frappe.throw(_("{0}: this programme does not allow substitutes.").format(row.member_name), SubstituteNotAllowed)
	if row.substitute_user and (seat is None or row.substitute_user != seat.substitute_user):
		frappe.throw(
			_("{0}: enter the login of the substitute in the committee first, then choose it here.").format(row.member_name),
			SubstituteNotAllowed,
		)
	if not row.substitute_name:
		row.substitute_name = frappe.db.get_value("User", row.substitute_user, "full_name")
