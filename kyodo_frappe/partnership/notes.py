"""Progress notes, written by either side of a running project and acknowledged by the other (domain.md §2 step 4)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, getdate, now_datetime, nowdate

from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.language import Translated, _lt
from kyodo_frappe.partnership import parties
from kyodo_frappe.partnership.errors import NotAcknowledged, NotAnIssue, NoteFixed, NotYourSide
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import OVER, category_of

NOTE = "Kyodo Progress Note"
ISSUE = "Issue"
KINDS = Translated(
	{
		"Progress": _lt("Progress report"),
		"Talk": _lt("Record of a Meeting"),
		"Issue": _lt("Issue"),
		"Decision": _lt("What was decided"),
	}
)


def is_over(project: Document) -> bool:
	"""Whether no more notes are written for a project."""
	return category_of(project) == OVER


def notify_written(note: Document):
	"""Notify the other side of a note to acknowledge."""
	kind = KINDS[note.kind]
	parties.notify("Note Written", note, parties.other(note.side), what=note.subject or kind, kind=kind)


@frappe.whitelist(methods=["POST"])
def acknowledge(note: str, answer: str = "") -> str:
	"""Acknowledge a note of the other side, with an answer if there is one; from then on it cannot change.

	Returns the moment. Raises NotYourSide, NoteFixed.
	"""
	doc, project = _opened_note(note)
	_check_is_other_side(doc, project)
	if doc.acknowledged_on:
		frappe.throw(_("This note has already been acknowledged."), exc=NoteFixed)
	_acknowledge(doc, answer)
	_save(doc)
	return str(doc.acknowledged_on)


@frappe.whitelist(methods=["POST"])
def settle_issue(note: str, answer: str) -> str:
	"""Settle an issue and record how; returns the moment.

	The other side can settle it at once, which acknowledges it; its own side only after that. Raises NotYourSide, NotAnIssue,
	NoteFixed, NotAcknowledged, ValidationError without an answer.
	"""
	doc, project = _opened_note(note)
	side = parties.check_side(project)
	if doc.kind != ISSUE:
		frappe.throw(_("Only issues can be settled."), exc=NotAnIssue)
	if doc.settled_on:
		frappe.throw(_("This issue has already been settled."), exc=NoteFixed)
	if not answer.strip():
		frappe.throw(_("Please say how the issue was settled."), InputMissing)
	if side == doc.side and not doc.acknowledged_on:
		frappe.throw(
			_("The other side has not acknowledged this issue yet. Until then, you can change the note itself."), exc=NotAcknowledged
		)
	if not doc.acknowledged_on:
		_acknowledge(doc, "")
	doc.answer = "\n\n".join(filter(None, [doc.answer, answer.strip()]))
	doc.settled_on = now_datetime()
	_save(doc)
	return str(doc.settled_on)


def _opened_note(note: str) -> tuple[Document, Document]:
	doc = parties.get_permitted(NOTE, note, lock=True)
	return doc, frappe.get_doc("Kyodo Project", doc.project)


def _check_is_other_side(doc: Document, project: Document):
	if parties.check_side(project) != parties.other(doc.side):
		frappe.throw(_("Your own side wrote this note, so only the other side can acknowledge it."), exc=NotYourSide)


def _acknowledge(doc: Document, answer: str):
	doc.acknowledged_on, doc.acknowledged_by = now_datetime(), frappe.session.user
	doc.answer = answer.strip() or None


def _save(doc: Document):
	with by_service(doc):  # the answer is read-only in the form
		doc.save()


def is_overdue(since, reply_days: int | None, today=None) -> bool:
	"""Whether something has waited since `since` for more than the programme's days to reply."""
	return bool(since) and getdate(add_days(since, reply_days or 0)) < getdate(today or nowdate())
