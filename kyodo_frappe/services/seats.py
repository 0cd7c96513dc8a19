"""Who sits in a meeting: members of the committee by step and term, and the balance of the two sides."""

import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.rules.quorum import balance
from kyodo_frappe.services.speech import rules_speak


def seats(committee: str, meeting_type: str, day) -> list[dict]:
	"""Rows of the committee that sit in a meeting of this type on that day."""
	day = getdate(day)
	step = meeting_type if meeting_type in ("Step 1", "Step 2") else None
	return [
		row
		for row in frappe.get_cached_doc("Kyodo Committee", committee).members
		if (not step or row.steps in (None, "", "Both", step))
		and (not row.from_date or getdate(row.from_date) <= day)
		and (not row.to_date or day <= getdate(row.to_date))
	]


def call_members(meeting: Document):
	"""Fill the attendance list from the committee; rows that are there keep what was entered."""
	if not meeting.committee:
		return
	known = {(row.user, row.member_name) for row in meeting.attendance}
	for seat in seats(meeting.committee, meeting.meeting_type, meeting.meeting_date or frappe.utils.nowdate()):
		if (seat.user, seat.member_name) not in known:
			meeting.append(
				"attendance",
				{
					"user": seat.user,
					"member_name": seat.member_name,
					"side": seat.side,
					"position": seat.position,
				},
			)


def balance_of(committee: Document):
	"""rules.quorum.Balance of a committee's seats, by its programme's tolerance."""
	tolerance = frappe.get_cached_value("Kyodo Programme", committee.programme, "balance_tolerance")
	rows = [{"member": row.user or row.member_name, "side": row.side, "steps": row.steps} for row in committee.members]
	with rules_speak():
		return balance(rows, tolerance or 0, "Step 1")
