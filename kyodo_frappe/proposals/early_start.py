"""事前着手: an organisation asks to begin before the decision, and the office approves it or not; both with their day.

Source: domain.md §7 "Money" (nothing counts before 交付決定日 unless 事前着手 was approved). Payments from the approved day on
count (`partnership/expenses.py`); the fields of the proposal record it.
"""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime

from kyodo_frappe import messages
from kyodo_frappe.common import typed_input
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.messages import people
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals.errors import EarlyStartNotPossible
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import UNDECIDED, category_of

PROPOSAL = "Kyodo Proposal"


def approved_day(proposal: str | None) -> datetime.date | None:
	"""The day from which spending counts although nothing was decided; None without an approval."""
	if not proposal:
		return None
	day = frappe.db.get_value(PROPOSAL, {"name": proposal, "early_start_approved": 1}, "early_start_on")
	return getdate(day) if day else None


def may_ask(proposal: Document, user: str) -> bool:
	"""Whether `user` writes for the organisation of a proposal that could still be begun early."""
	if not rules_of(proposal).counts_from_decision or proposal.early_start_approved:
		return False
	return _is_open(proposal) and proposal.organisation in organisations_of(user, WRITERS)


def is_waiting(proposal: Document) -> bool:
	"""Whether the office has to answer."""
	return bool(proposal.early_start_on and not proposal.early_start_answered_on and _is_open(proposal))


def _is_open(proposal: Document) -> bool:
	return bool(proposal.first_submitted_on and not proposal.decided_on and category_of(proposal) in UNDECIDED)


def request_in_words(proposal: Document) -> str:
	"""What the organisation asks for, in one sentence."""
	return _("The organisation asks to start on {0}, before the decision: {1}").format(
		era_date(getdate(proposal.early_start_on)), proposal.early_start_reason
	)


@frappe.whitelist(methods=["POST"])
def ask(proposal: str, starts_on: str, reason: str):
	"""Ask the office for an early start; a request that was refused may be made again.

	Raises PermissionError for others than the organisation's writers, EarlyStartNotPossible, ValidationError.
	"""
	doc = _open_proposal(proposal)
	if doc.organisation not in organisations_of(frappe.session.user, WRITERS):
		frappe.throw(_("Only the organisation's representatives and editors can do this."), frappe.PermissionError)
	if doc.early_start_approved:
		frappe.throw(
			_("An early start on {0} has been approved already.").format(era_date(getdate(doc.early_start_on))), EarlyStartNotPossible
		)
	if not reason.strip():
		frappe.throw(_("Please say why the project has to begin before the decision."), InputMissing)
	day = _day(doc, starts_on)
	doc.update({"early_start_on": day, "early_start_reason": reason.strip()})
	doc.update({"early_start_asked_on": _now(), "early_start_asked_by": frappe.session.user})
	doc.update({"early_start_answered_on": None, "early_start_answered_by": None, "early_start_answer": None})
	_save(doc)
	messages.send("Early Start Asked", doc, reason=doc.early_start_reason, until=era_date(day))


@frappe.whitelist(methods=["POST"])
def answer(proposal: str, approve: int, text: str = ""):
	"""Approve an early start, or refuse it with a reason (`text`); office only, nobody for a proposal of their own.

	Raises PermissionError, EarlyStartNotPossible, ValidationError.
	"""
	require(OFFICER)
	doc = _open_proposal(proposal)
	if frappe.session.user in doc.own_people():
		frappe.throw(_("You wrote this proposal or belong to its organisation, so a colleague has to do this."), frappe.PermissionError)
	if not is_waiting(doc):
		frappe.throw(_("Nobody has asked for an early start, or it has been answered already."), EarlyStartNotPossible)
	if not approve and not text.strip():
		frappe.throw(_("Please say why the early start is not approved."), InputMissing)
	doc.update({"early_start_approved": int(bool(approve)), "early_start_answer": text.strip() or None})
	doc.update({"early_start_answered_on": _now(), "early_start_answered_by": frappe.session.user})
	_save(doc)
	to = people.members_of(doc.organisation, WRITERS)
	messages.send(
		"Early Start Answered", doc, to=to, agreed=bool(approve), until=era_date(getdate(doc.early_start_on)), answer=text.strip()
	)


def _open_proposal(name: str) -> Document:
	doc = frappe.get_doc(PROPOSAL, name, for_update=True)
	doc.check_permission("read")
	if not rules_of(doc).counts_from_decision:
		frappe.throw(
			_("In this programme, spending counts from the start of the project; no early start is needed."), EarlyStartNotPossible
		)
	if not _is_open(doc):
		frappe.throw(
			_("An early start is asked for and answered between handing in and the decision. This proposal is in the state {0}.").format(
				_(doc.workflow_state)
			),
			EarlyStartNotPossible,
		)
	return doc


def _day(doc: Document, typed: str) -> datetime.date:
	label = _(doc.meta.get_label("early_start_on"))
	if not typed.strip():
		frappe.throw(_("“{0}” is missing.").format(label), InputMissing)
	day = getdate(typed_input.day(typed, label))
	handed_in = getdate(doc.first_submitted_on)
	if day < handed_in:
		frappe.throw(_("{0} is before the proposal was handed in ({1}).").format(era_date(day), era_date(handed_in)), EarlyStartNotPossible)
	return day


def _now() -> datetime.datetime:
	return now_datetime().replace(microsecond=0)


def _save(doc: Document):
	with by_service(doc):
		# nobody may write these fields; who asks and who answers was checked by the caller
		doc.save(ignore_permissions=True)
