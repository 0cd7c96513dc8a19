"""What happens while a project runs, written down by either side and acknowledged by the other (domain.md §2 step 4)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, getdate, now_datetime, nowdate

from kyodo_frappe.common.language import Translated, _lt
from kyodo_frappe.partnership import parties
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import OVER, category_of

NOTE = "Kyodo Progress Note"
ISSUE = "Issue"
KINDS = Translated(
	{
		"Progress": _lt("Report on the progress"),
		"Talk": _lt("Record of a talk"),
		"Issue": _lt("Issue"),
		"Decision": _lt("What was decided"),
	}
)


def is_over(project: Document) -> bool:
	return category_of(project) == OVER


def tell_written(note: Document):
	"""Mail the other side that there is something to acknowledge."""
	kind = KINDS[note.kind]
	parties.tell("Note Written", note, parties.other(note.side), what=note.subject or kind, kind=kind)


@frappe.whitelist(methods=["POST"])
def acknowledge(note: str, answer: str = "") -> str:
	"""The other side has read a note, with a word about it where it has one. The note is fixed from then on.

	Returns the moment. Raises PermissionError for the side that wrote it and for who is on no side, ValidationError where
	it is acknowledged already.
	"""
	doc, project = _opened(note)
	_check_other(doc, project)
	if doc.acknowledged_on:
		frappe.throw(_("This note is acknowledged already."))
	_sign(doc, answer)
	_save(doc)
	return str(doc.acknowledged_on)


@frappe.whitelist(methods=["POST"])
def settle_issue(note: str, answer: str) -> str:
	"""An issue is settled: by the other side, which acknowledges it by that, or by its own side once it is acknowledged.

	`answer`: how. Returns the moment. Raises PermissionError, ValidationError.
	"""
	doc, project = _opened(note)
	side = parties.check_side(project)
	if doc.kind != ISSUE:
		frappe.throw(_("Only an issue is settled."))
	if doc.settled_on:
		frappe.throw(_("This issue is settled already."))
	if not answer.strip():
		frappe.throw(_("Please write how the issue was settled."))
	if side == doc.side and not doc.acknowledged_on:
		frappe.throw(_("The other side has not acknowledged this issue yet. Until then you can change the note itself."))
	if not doc.acknowledged_on:
		_sign(doc, "")
	doc.answer = "\n\n".join(filter(None, [doc.answer, answer.strip()]))
	doc.settled_on = now_datetime()
	_save(doc)
	return str(doc.settled_on)


def _opened(note: str) -> tuple[Document, Document]:
	doc = parties.opened(NOTE, note, lock=True)
	return doc, frappe.get_doc("Kyodo Project", doc.project)


def _check_other(doc: Document, project: Document):
	if parties.check_side(project) != parties.other(doc.side):
		frappe.throw(_("Your own side wrote this; it is for the other side to acknowledge it."), frappe.PermissionError)


def _sign(doc: Document, answer: str):
	doc.acknowledged_on, doc.acknowledged_by = now_datetime(), frappe.session.user
	doc.answer = answer.strip() or None


def _save(doc: Document):
	with by_service(doc):  # the fields of the answer are read-only in the form
		doc.save()


# -- what waits ----------------------------------------------------------------------------


def overdue(since, reply_days: int | None, today=None) -> bool:
	"""Whether what has waited since a moment waits for longer than the programme's days."""
	return bool(since) and getdate(add_days(since, reply_days or 0)) < getdate(today or nowdate())
