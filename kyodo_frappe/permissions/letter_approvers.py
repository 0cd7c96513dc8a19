"""The approvers of letters (決裁者): who they are today, and which letters wait for them.

A step of an approval names a user, or a position in a section whose holders may change. While an approver is away, or the
login is disabled, the stand-in that was named beforehand acts (代決).
"""

import frappe
from frappe.utils import getdate

from kyodo_frappe.permissions.reading_cache import cached_while_reading
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, WAITING, states

LETTER = "Kyodo Letter"
APPROVAL, APPROVER = "Kyodo Letter Approval", "Kyodo Letter Approver"
OPEN = "Waiting for Approval"  # outcome of a step that nobody has taken yet


def holders(user: str | None, section: str | None, position: str | None) -> list[str]:
	"""Return the users that a row names: the user, or the holders of the position in the section."""
	if user:
		return [user]
	if not section or not position:
		return []
	filters = {"parenttype": "Kyodo Section", "parent": section, "position": position}
	return frappe.get_all("Kyodo Section Member", filters, pluck="user", order_by="idx")


def stand_in_of(approver: dict) -> str | None:
	"""Return the stand-in who acts today for a row of the programme; None while the approver is there.

	`approver`: {user, stand_in, away_from, away_until}; an open end means until further notice.
	"""
	if not approver.get("stand_in"):
		return None
	today = getdate()
	begun = approver.get("away_from") and getdate(approver["away_from"]) <= today
	over = approver.get("away_until") and getdate(approver["away_until"]) < today
	if (begun or (approver.get("away_until") and not approver.get("away_from"))) and not over:
		return approver["stand_in"]
	if approver.get("user") and not frappe.get_cached_value("User", approver["user"], "enabled"):
		return approver["stand_in"]
	return None


@cached_while_reading
def letters_to_approve(user: str) -> list[str]:
	"""Return the letters that a user was asked to approve, as approver or stand-in, and those that the user has decided about.

	Drafts are not among them: approvers do not see a returned letter until its approval is requested again.
	"""
	shown = states(LETTER, WAITING, EXAMINED, DECIDED)
	letter, step = frappe.qb.DocType(LETTER), frappe.qb.DocType(APPROVAL)
	sections = _positions_of(user)
	mine = (step.user == user) | (step.done_by == user) | step.approver.isin(_represented(user) or [""])
	if sections:
		mine |= step.section.isin([section for section, _position in sections])
	rows = (
		frappe.qb.from_(step)
		.join(letter)
		.on(letter.name == step.parent)
		.select(step.parent, step.section, step.position, step.user, step.done_by, step.approver)
		.where((step.parenttype == LETTER) & letter.workflow_state.isin(shown or [""]) & mine)
		.where(step.outcome.isin([OPEN, "Approved"]))
		.orderby(step.parent)
		.run(as_dict=True)
	)
	acting = set(_represented(user))
	found = (row for row in rows if user in (row.user, row.done_by) or row.approver in acting or (row.section, row.position) in sections)
	return list(dict.fromkeys(row.parent for row in found))


def waiting_for(user: str) -> list[str]:
	"""Return the letters that wait for a user, as approver or stand-in, the oldest first."""
	letter, step = frappe.qb.DocType(LETTER), frappe.qb.DocType(APPROVAL)
	rows = (
		frappe.qb.from_(step)
		.join(letter)
		.on(letter.name == step.parent)
		.select(step.parent, step.section, step.position, step.user, step.approver)
		.where((step.parenttype == LETTER) & (step.outcome == OPEN) & letter.workflow_state.isin(states(LETTER, WAITING) or [""]))
		.orderby(letter.asked_on, step.parent, step.idx)
		.run(as_dict=True)
	)
	turns = {}
	for row in rows:
		turns.setdefault(row.parent, row)
	positions, represented = _positions_of(user), set(_represented(user))
	return [name for name, row in turns.items() if _is_turn_of(user, row, positions, represented)]


def _is_turn_of(user: str, row: dict, positions: set[tuple[str, str]], represented: set[str]) -> bool:
	if row.approver in represented:
		return True
	return row.user == user if row.user else (row.section, row.position) in positions


def _positions_of(user: str) -> set[tuple[str, str]]:
	rows = frappe.get_all("Kyodo Section Member", {"parenttype": "Kyodo Section", "user": user}, ["parent", "position"], order_by="parent")
	return {(row.parent, row.position) for row in rows if row.position}


@cached_while_reading
def _represented(user: str) -> list[str]:
	"""Return the rows of programmes in which a user acts as stand-in today."""
	fields = ["name", "user", "stand_in", "away_from", "away_until"]
	rows = frappe.get_all(APPROVER, {"stand_in": user, "parenttype": "Kyodo Programme"}, fields, order_by="parent, idx")
	return [row.name for row in rows if stand_in_of(row) == user]
