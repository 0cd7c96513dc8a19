"""Who sits in a meeting: members of the committee by step and term, their substitutes, the balance of the two sides."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.rules.quorum import Balance, balance

STEPS = ("Step 1", "Step 2")


def seats(committee: str, meeting_type: str, day) -> list[Document]:
	"""Rows of the committee that sit in a meeting of this type on that day."""
	day = getdate(day)
	like = vocabulary.held_like(meeting_type)
	step = like if like in STEPS else None
	return [
		row
		for row in frappe.get_cached_doc("Kyodo Committee", committee).members
		if (not step or row.steps in (None, "", "Both", step))
		and (not row.from_date or getdate(row.from_date) <= day)
		and (not row.to_date or day <= getdate(row.to_date))
	]


def sitting_user(row: Document) -> str | None:
	"""The login that sits on a row of the attendance: the substitute's, where one comes for the member."""
	return row.substitute_user or row.user


def call_members(meeting: Document):
	"""Fill the attendance list from the committee; rows that are there keep what was entered.

	While a meeting is planned, who does not sit any more (another day, another step) leaves the list. Raises
	ValidationError for a row that is not a seat of the committee, or a member listed twice.
	"""
	if not meeting.committee:
		return
	seated = seats(meeting.committee, meeting.meeting_type, meeting.meeting_date or frappe.utils.nowdate())
	stored = _stored(meeting)
	if (meeting.workflow_state or "Planned") == "Planned":
		_let_go(meeting, seated, stored)
	known = {_seat(row) for row in meeting.attendance}
	for seat in seated:
		if _seat(seat) not in known:
			meeting.append("attendance", {column: seat.get(column) for column in ("user", "member_name", "side", "position")})
	_check_rows(meeting, seated, stored)


def _let_go(meeting: Document, seated: list[Document], stored: set[str]):
	"""Who does not sit any more leaves the list, unless something was entered for them."""
	keys = {_seat(seat) for seat in seated}
	meeting.set(
		"attendance",
		[row for row in meeting.attendance if row.name not in stored or _seat(row) in keys or _touched(row)],
	)


def balance_of(committee: Document, step: str = "Step 1") -> Balance:
	"""The balance of a committee's seats in a step, by its programme's tolerance."""
	rows = [{"member": _seat(row), "side": row.side, "steps": row.steps} for row in committee.members]
	return _balance(rows, committee.programme, step)


def room_balance(meeting: Document, present: list[Document]) -> Balance:
	"""The balance of those rows of the attendance that are present."""
	return _balance([{"member": row.name, "side": row.side} for row in present], meeting.programme, None)


def presiding(meeting: Document) -> str:
	"""Name of the member who chairs the committee on that day; empty where none or several do."""
	names = [seat.member_name for seat in seats(meeting.committee, meeting.meeting_type, meeting.meeting_date) if seat.is_chair]
	return names[0] if len(names) == 1 else ""


def chairs(committee: str) -> list[str]:
	"""Logins of the members who chair the committee."""
	rows = frappe.get_cached_doc("Kyodo Committee", committee).members
	return [row.user for row in rows if row.is_chair and row.user]


def _balance(rows: list[dict], programme: str, step: str | None) -> Balance:
	tolerance = frappe.get_cached_value("Kyodo Programme", programme, "balance_tolerance")
	with translate_rule_errors():
		return balance(rows, tolerance or 0, step)


def _seat(row: Document) -> str:
	return row.user or row.member_name


def _touched(row: Document) -> bool:
	return bool(row.present or row.answer not in (None, "", "Not Answered"))


def _stored(meeting: Document) -> set[str]:
	before = meeting.get_doc_before_save()
	return {row.name for row in before.attendance} if before else set()


def _check_rows(meeting: Document, seated: list[Document], stored: set[str]):
	allowed = frappe.get_cached_value("Kyodo Programme", meeting.programme, "substitutes_allowed")
	by_seat = {_seat(seat): seat for seat in seated}
	seen = set()
	for row in meeting.attendance:
		key = _seat(row)
		if key in seen:
			frappe.throw(_("{0} is listed twice.").format(row.member_name or key))
		seen.add(key)
		if key not in by_seat and row.name not in stored:
			frappe.throw(_("{0} does not sit in this meeting. Add them to the committee, or to the guests.").format(row.member_name or key))
		_check_substitute(row, by_seat.get(key), allowed)
		if row.arrived_at and row.left_at and row.left_at < row.arrived_at:
			frappe.throw(_("{0} cannot leave before arriving.").format(row.member_name))


def _check_substitute(row: Document, seat: Document | None, allowed: int):
	if not (row.substitute_name or row.substitute_user):
		return
	if not allowed:
		frappe.throw(_("{0}: this programme does not let a substitute sit for a member.").format(row.member_name))
	if row.substitute_user and (seat is None or row.substitute_user != seat.substitute_user):
		frappe.throw(_("{0}: enter the substitute's login in the committee first, then choose it here.").format(row.member_name))
	if not row.substitute_name:
		row.substitute_name = frappe.db.get_value("User", row.substitute_user, "full_name")
