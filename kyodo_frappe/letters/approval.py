"""Approval of letters (起案・決裁): the steps in their order, stand-ins, returning, and what an edit voids.

The approvers are data of the programme (Kyodo Letter Approver). Each request for approval adds a round of steps to the letter (Kyodo
Letter Approval), and earlier rounds are kept. The approved text is stored (`content`), so that a later change of a name or an amount
does not change the letter.
"""

import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_fullname, get_url_to_form, now_datetime

from kyodo_frappe import messages
from kyodo_frappe.letters import numbers, text
from kyodo_frappe.letters.errors import InvalidApprovers, NotYourTurn, ReasonMissing
from kyodo_frappe.messages import people
from kyodo_frappe.permissions.letter_approvers import APPROVER, OPEN, holders, stand_in_of
from kyodo_frappe.permissions.roles import OFFICER
from kyodo_frappe.workflows.errors import FourEyesRequired
from kyodo_frappe.workflows.guard import by_service, changed_fields
from kyodo_frappe.workflows.spec import initial_state
from kyodo_frappe.workflows.states import EXAMINED, WAITING, WRITING, category, category_of, states_after

AFTER_APPROVAL = "After Approval"
# what an approver sees: any change of it needs a new approval
WORDING = ("letter_number", "issued_on", "organisation", "subject", "opening", "items", "details", "again", "closing", "sender")


# -- who approves ------------------------------------------------------------------------


def is_wanted(letter: Document) -> bool:
	"""Whether a letter has to be approved here before it is issued."""
	if letter.issuing != AFTER_APPROVAL:
		return False
	return not frappe.get_cached_doc("Kyodo Programme", letter.programme).approval_outside


def approvers_of(letter: Document) -> list[Document]:
	"""Return the rows of the programme for a type of letter, in their order: its own, or those without a type."""
	rows = frappe.get_cached_doc("Kyodo Programme", letter.programme).letter_approvers
	own = [row for row in rows if row.letter_type == letter.letter_type]
	return own or [row for row in rows if not row.letter_type]


def check_approvers(programme: Document):
	"""Check the approvers of a programme. Raises InvalidApprovers for a row without an approver, or with the approver as stand-in."""
	for row in programme.letter_approvers:
		if not row.user and not row.section:
			frappe.throw(
				_("Approvers of letters, row {0}: please choose a user, or a section in which somebody has this position.").format(row.idx),
				InvalidApprovers,
			)
		if row.user and row.user == row.stand_in:
			frappe.throw(_("Approvers of letters, row {0}: nobody can stand in for themselves.").format(row.idx), InvalidApprovers)


def current_step(letter: Document) -> Document | None:
	"""Return the step whose turn it is; None for a letter that does not wait for an approval."""
	if category_of(letter) != WAITING:
		return None
	return next((row for row in letter.approvals if row.outcome == OPEN), None)


def acting_people(step: Document) -> dict[str, bool]:
	"""Return {user who may take a step today: whether as stand-in}."""
	found = dict.fromkeys(holders(step.user, step.section, step.position), False)
	fields = ["user", "stand_in", "away_from", "away_until"]
	row = step.approver and frappe.db.get_value(APPROVER, step.approver, fields, as_dict=True)
	if row and (stand_in := stand_in_of(row)):
		found.setdefault(stand_in, True)
	return found


def is_mine(letter: Document, last: bool = False) -> bool:
	"""Whether a letter waits for the current user; with `last`, whether nobody else has to approve it afterwards."""
	step = current_step(letter)
	if step is None or frappe.session.user not in acting_people(step):
		return False
	return not last or sum(row.outcome == OPEN for row in letter.approvals) == 1


# -- changes of state (called by the controller) --------------------------------------------


def check_step(letter: Document, from_state: str, to_state: str):
	"""Do what a change of state between being drafted, waiting for approval and approved means for the steps."""
	kind, before = category(letter.doctype, to_state), category(letter.doctype, from_state)
	if kind == WAITING and before == WRITING:
		_begin_round(letter)
	elif kind == EXAMINED and before == WAITING:
		if not letter.flags.kyodo_step_taken:
			_take(letter, "Approved", None)
		numbers.give(letter)
	elif kind == WRITING:
		_end_round(letter)


def reopen_if_changed(letter: Document):
	"""Send a letter back to its draft when its wording, date or number is changed after approval was asked for."""
	before = letter.get_doc_before_save()
	if not before or letter.flags.kyodo_service or not set(changed_fields(letter, before)) & set(WORDING):
		return
	letter.edited_by = frappe.session.user
	if before.workflow_state == letter.workflow_state and category_of(letter) in (WAITING, EXAMINED):
		if _is_first_number(letter, before):
			return
		letter.workflow_state = initial_state(letter.doctype)


def _is_first_number(letter: Document, before: Document) -> bool:
	"""Whether only the number of the city's document system is filled in, which many systems give after the approval."""
	changed = set(changed_fields(letter, before)) & set(WORDING)
	return changed == {"letter_number"} and not before.letter_number and category_of(letter) == EXAMINED


def _begin_round(letter: Document):
	drafter = frappe.session.user
	round_number = max((row.round or 0 for row in letter.approvals), default=0) + 1
	own = 0
	for row in approvers_of(letter):
		people_now = holders(row.user, row.section, row.position)
		if people_now == [drafter]:
			own += 1  # one's own seal is that of the draft
			continue
		if not people_now and not stand_in_of(row):
			frappe.throw(
				_("Nobody has the position “{0}” in the section {1}, so this letter cannot be approved.").format(row.position, row.section),
				InvalidApprovers,
			)
		step = {"round": round_number, "approver": row.name, "outcome": OPEN}
		letter.append("approvals", {**step, "position": row.position, "user": row.user, "section": row.section})
	if not current_round(letter):
		_refuse_without_approvers(own)
	letter.return_reason, letter.drafted_by = None, drafter
	letter.content = json.dumps(text.content_of(letter), ensure_ascii=False)


def _refuse_without_approvers(own: int):
	if own:
		frappe.throw(
			_("You are the only approver of this letter, and nobody approves their own draft. A colleague has to ask."), FourEyesRequired
		)
	frappe.throw(_("The programme names no approver for this letter. Please add one under “Letters” in the programme."), InvalidApprovers)


def current_round(letter: Document) -> list[Document]:
	"""Return the steps of a letter that count: those that wait, or were taken in the round that has not been ended."""
	return [row for row in letter.approvals if row.outcome in (OPEN, "Approved")]


def _end_round(letter: Document):
	"""End a round because the letter is returned, taken back or edited."""
	if not letter.flags.kyodo_step_taken and OFFICER not in frappe.get_roles():
		frappe.throw(_("Please give a reason for returning the letter."), ReasonMissing)
	for row in letter.approvals:
		if row.outcome == OPEN:
			row.outcome = "Not Reached"
		elif row.outcome == "Approved":
			row.outcome = "Voided"
	letter.content = None
	letter.approved_on = None


def _take(letter: Document, outcome: str, comment: str | None) -> Document:
	"""Record the step of the current user. Raises NotYourTurn, FourEyesRequired."""
	step, user = current_step(letter.get_doc_before_save() or letter), frappe.session.user
	step = step and next(row for row in letter.approvals if row.name == step.name)
	acting = acting_people(step) if step else {}
	if user not in acting:
		frappe.throw(_("This letter does not wait for your approval."), NotYourTurn)
	if user in letter.own_people():
		frappe.throw(_("You have drafted this letter or changed its wording, so somebody else has to approve it."), FourEyesRequired)
	step.outcome, step.comment = outcome, (comment or "").strip() or None
	step.done_by, step.done_by_name, step.done_at = user, get_fullname(user), now_datetime().replace(microsecond=0)
	step.as_stand_in = int(acting[user])
	letter.flags.kyodo_step_taken = True
	return step


# -- acts of an approver ----------------------------------------------------------------------


def approve(letter: Document, comment: str = ""):
	"""Approve a letter as the current user; the last approval makes it approved. Raises NotYourTurn, FourEyesRequired."""
	_take(letter, "Approved", comment)
	if not any(row.outcome == OPEN for row in letter.approvals):
		letter.workflow_state = states_after(letter.doctype, "Approve Letter")[0]
	_save(letter)
	if category_of(letter) == WAITING:
		tell_next(letter)


def give_back(letter: Document, reason: str):
	"""Return a letter to its drafter with a reason, as the current user. Raises NotYourTurn, ReasonMissing."""
	if not (reason or "").strip():
		frappe.throw(_("Please give a reason for returning the letter."), ReasonMissing)
	drafter = letter.drafted_by
	_take(letter, "Returned to the Drafter", reason)
	letter.return_reason = reason.strip()
	letter.workflow_state = initial_state(letter.doctype)
	_save(letter)
	messages.send("Letter Returned", letter, to=_at_desk(people.recipient(drafter), letter), reason=letter.return_reason)


def _save(letter: Document):
	letter.flags.ignore_permissions = True  # approvers may not write letters; `_take` has checked whose turn it is
	with by_service(letter):
		letter.save()


def tell_next(letter: Document):
	"""Notify those who may take the next step."""
	if step := current_step(letter):
		to = [person for user in acting_people(step) for person in people.recipient(user)]
		messages.send("Letter Approval Asked", letter, to=_at_desk(to, letter))


def _at_desk(to: list[dict], letter: Document) -> list[dict]:
	link = get_url_to_form(letter.doctype, letter.name)
	return [frappe._dict(person, link=link) for person in to]
