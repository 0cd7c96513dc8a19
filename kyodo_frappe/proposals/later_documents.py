"""Documents after the section talk (担当課協議後の書類): the organisation writes again in its proposal, before the meeting examines it.

A programme or call requires them (`documents_after_talk`); its form declares what is written then (`asked_when`), its list of documents
what is attached. The office requests them once the section has answered, with a due date of their own. The earlier text is kept, and
changes are shown as a difference. Source: domain.md §4 (late calendar: section talks in September, documents in October).
"""

import datetime
import json
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.model.document import Document
from frappe.utils import cint, getdate, now_datetime, nowdate

from kyodo_frappe.messages.due import Due
from kyodo_frappe.programme import call_rules, deadlines, form
from kyodo_frappe.programme.form import AFTER_TALK, BOTH_TIMES, Field
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals.errors import DocumentsLate, DocumentsNotHandedIn, TextNotOpen
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.workflows.guard import changed_by_user
from kyodo_frappe.workflows.spec import specs

PROPOSAL = "Kyodo Proposal"
WRITING_DOCUMENTS = "Writing Documents"


def is_open(proposal: Document) -> bool:
	"""Whether the organisation is writing the documents now, or handing them in with the save that is under way."""
	before = proposal.get_doc_before_save() or proposal
	return WRITING_DOCUMENTS in (proposal.workflow_state, before.workflow_state)


def are_asked(proposal: Document) -> bool:
	"""Whether the rules of a proposal ask for documents after the section talk."""
	return bool(proposal.programme and cint(rules_of(proposal).get("documents_after_talk")))


def opens(field: Field) -> bool:
	"""Whether a field of the form is written with the documents."""
	return field.asked_when in (BOTH_TIMES, AFTER_TALK) or field.is_attachments


def open_fields(proposal: Document) -> list[Field]:
	"""Return the fields of the form that are written with the documents."""
	return [field for field in form.fields_of(proposal) if opens(field)]


def documents_of(proposal: Document) -> list[Document]:
	"""Return the rows of the documents to attach now: with the proposal, or after the section talk."""
	used_for = AFTER_TALK if is_open(proposal) else "Proposal"
	return [row for row in rules_of(proposal).required_documents if row.used_for == used_for]


def missing(proposal: Document) -> list[tuple[str, str, str]]:
	"""[(heading, step, fieldname)] of what has to be filled in before the documents are handed in."""
	empty = [field for field in open_fields(proposal) if field.required and not form.is_filled(proposal, field.df)]
	return [(field.label, field.step, field.name) for field in empty]


def due_on(proposal: Document) -> datetime.date | None:
	"""Return the due date of documents requested today: that of the call, else by the programme's deadline."""
	call = call_rules.call(proposal.call)
	if call and call.documents_due_on:
		return getdate(call.documents_due_on)
	return deadlines.next_due(rules_of(proposal), deadlines.DOCUMENTS, getdate(nowdate()))


def late(proposal: Document) -> str | None:
	"""The sentence about a missed day. What was handed in in time and is corrected is not late."""
	due = proposal.documents_due_on and getdate(proposal.documents_due_on)
	if not due or proposal.documents_handed_in_on or getdate(nowdate()) <= due:
		return None
	rule = deadlines.rule_of(rules_of(proposal), deadlines.DOCUMENTS)
	remedy = (rule.remedy if rule else "") or _("Please ask the office; it can give more time.")
	return _("The documents were due on {0}. What you have written is kept. {1}").format(era_date(due), remedy)


# -- steps of the workflow -----------------------------------------------------------------------


def ask(proposal: Document):
	"""Keep the text as it stands, and set the day by which the documents are due. Raises DocumentsLate for a day that is past."""
	if proposal.later_documents_on:
		return  # what was kept the first time stays
	day = due_on(proposal)
	if day and day < getdate(nowdate()):
		frappe.throw(
			_("The documents would be due on {0}, which is past. Please correct the day in the call first.").format(era_date(day)),
			exc=DocumentsLate,
		)
	proposal.text_before_talk = frappe.as_json(_content(proposal))
	proposal.later_documents_on = now_datetime().replace(microsecond=0)
	proposal.documents_due_on = day


def hand_in(proposal: Document):
	"""Note when the documents were handed in for the first time."""
	proposal.documents_handed_in_on = proposal.documents_handed_in_on or now_datetime().replace(microsecond=0)


def check_handed_in(proposal: Document):
	"""Raise DocumentsNotHandedIn for a proposal that goes to a meeting without the documents that its rules require."""
	if are_asked(proposal) and not proposal.documents_handed_in_on:
		frappe.throw(
			_(
				"“{0}” does not go to the meeting yet: the documents after the section talk have not been handed in. Please ask for them with “{1}” once the section has answered."
			).format(frappe.utils.escape_html(proposal.title), _("Ask for Documents")),
			exc=DocumentsNotHandedIn,
		)


def check_edit(proposal: Document):
	"""Raise TextNotOpen if an edit changes fields that do not belong to the documents, or removes something handed in before."""
	before = proposal.get_doc_before_save()
	if before is None or not is_open(before):
		return
	allowed = {field.name for field in open_fields(proposal)} | set(specs()[PROPOSAL]["open_fields"])
	fixed = {*specs()[PROPOSAL]["frozen"][0]["fields"], *form.content_of(PROPOSAL)} - allowed
	touched = [name for name in changed_by_user(proposal) if name in fixed]
	if touched:
		headings = form.headings(proposal)
		names = [headings.get(name) or _(proposal.meta.get_label(name)) for name in touched]
		frappe.throw(
			_("With the documents after the section talk, this stays as it was handed in: {0}.").format(_(", ").join(names)),
			exc=TextNotOpen,
		)
	_check_files_kept(proposal)


def _check_files_kept(proposal: Document):
	before = text_before(proposal)
	kept = {(row.name, row.file) for row in proposal.attachments}
	gone = [row.document for row in (before.attachments if before else ()) if row.file and (row.name, row.file) not in kept]
	if gone:
		frappe.throw(
			_("“{0}” was handed in with the proposal and stays there. Please attach the new document beside it.").format(gone[0]),
			exc=TextNotOpen,
		)


# -- the text before ------------------------------------------------------------------------------


def text_before(proposal: Document) -> Document | None:
	"""Return the proposal as it was when the documents were requested (not a stored record), None if they were not."""
	if not proposal.text_before_talk:
		return None
	identity = {field: proposal.get(field) for field in ("name", "programme", "programme_version", "call", "later_documents_on")}
	return frappe.get_doc({"doctype": PROPOSAL, **identity, **json.loads(proposal.text_before_talk)})


def _content(proposal: Document) -> dict:
	found = {}
	for name in form.content_of(PROPOSAL):
		df = proposal.meta.get_field(name)
		if df is None:
			continue
		value = proposal.get(name)
		found[name] = [_row(row) for row in value] if df.fieldtype in table_fields else value
	return found


def _row(row: Document) -> dict:
	return {"name": row.name, **{df.fieldname: row.get(df.fieldname) for df in row.meta.fields if row.get(df.fieldname) is not None}}


# -- reminders ------------------------------------------------------------------------------------


def reminders(today: datetime.date) -> Iterator[Due]:
	"""Yield the proposals whose documents are being written, with the days of notice of the deadline."""
	open_now = {"workflow_state": WRITING_DOCUMENTS, "documents_due_on": ["is", "set"]}
	fields = ["name", "programme", "programme_version", "call", "documents_due_on"]
	for row in frappe.get_all(PROPOSAL, open_now, fields, order_by="documents_due_on, name"):
		rule = next((one for one in rules_of(row).deadline_rules if one.code == deadlines.DOCUMENTS), None)
		yield Due(PROPOSAL, row.name, row.programme, getdate(row.documents_due_on), before=cint(rule.remind_days) if rule else None)
