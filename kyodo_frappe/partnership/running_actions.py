"""Forms of the portal for a running project: notes, expenses, changes of the plan, reports.

Each form is answered with a redirect (`web/forms.py`). The rules are enforced by the modules of this room and by the
workflow guard, and hold over REST as well.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common import file_types
from kyodo_frappe.common.errors import InputMissing, InvalidChoice, InvalidNumber
from kyodo_frappe.partnership import (
	expenses,
	notes,
	payment_requests,
	plan_changes,
	portal_fields,
	report_documents,
	report_figures,
	reports,
)
from kyodo_frappe.permissions import attachments
from kyodo_frappe.programme import form as form_of
from kyodo_frappe.web import fields, forms
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.records import check_unchanged, current_time, readable, writable
from kyodo_frappe.workflows.guard import move

# tables in the shape of the plan to which a report can add rows
OPEN_TABLES = {"settlement"}


def _place(part: str):
	"""A function to the page a form of a project returns to: the form of the record that was being edited, if any."""

	def page(project: str = "", name: str = "", **_rest) -> str:
		address = f"/kyodo/my/projects/{project}/{part}"
		return f"{address}?edit={name}" if name else address

	return page


def _of_project(doctype: str, project: str, name: str, modified: str) -> Document:
	"""The record that a form writes: a new one of the project, or the one it names."""
	if not name:
		readable("Kyodo Project", project)
		return frappe.new_doc(doctype, project=project)
	doc = writable(doctype, name)
	check_unchanged(doc, modified)
	return doc


# -- notes ---------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_place("notes"))
def save_note(project: str, name: str = "", modified: str = "", form: str = "", **given: str):
	"""Save a new note or one of one's own side; files are sent as `photos`."""
	doc = _of_project(notes.NOTE, project, name, modified)
	forms.fill(doc, portal_fields.NOTE, {}, given)
	doc.save()
	for file in forms.uploaded_files("photos"):
		_add_photo(doc, file)
	return _("The note has been saved. The other side has been asked to acknowledge it."), f"/kyodo/my/projects/{doc.project}/notes"


def _add_photo(doc: Document, file):
	title = file_types.clean_name(file.filename).rpartition(".")[0][:140] or _("Photo")
	row = doc.append("photos", {"document": title})
	doc.save()
	attachments.attach(doc, filename=file.filename, content=file.stream.read(), table="photos", row=row.name, fieldname="file")


@frappe.whitelist(methods=["POST"])
@answers_form(_place("notes"))
def remove_photo(project: str, name: str, row: str = ""):
	"""Remove a photo from a note of one's own side."""
	doc = writable(notes.NOTE, name)
	_drop(doc, row)
	return _("The file is removed."), f"/kyodo/my/projects/{doc.project}/notes?edit={name}"


def _drop(doc: Document, row: str):
	attachments.detach(doc, table="photos", row=row, fieldname="file")
	doc.set("photos", [kept for kept in doc.photos if kept.name != row])
	doc.save()


@frappe.whitelist(methods=["POST"])
@answers_form(lambda project="", **_rest: f"/kyodo/my/projects/{project}/notes")
def answer_note(project: str, note: str, answer: str = "", then: str = "acknowledge"):
	"""Acknowledge a note of the other side, or settle an issue (`then`: settle), with an answer."""
	readable(notes.NOTE, note)
	if then == "settle":
		notes.settle_issue(note, answer)
		return _("The issue has been settled."), f"/kyodo/my/projects/{project}/notes", note
	notes.acknowledge(note, answer)
	return _("The note has been acknowledged. Thank you."), f"/kyodo/my/projects/{project}/notes", note


# -- expenses ------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_place("expenses"))
def save_expense(project: str, name: str = "", modified: str = "", form: str = "", **given: str):
	"""Save a new expense or one of one's own side; the voucher is sent as `receipt`."""
	doc = _of_project(expenses.EXPENSE, project, name, modified)
	forms.fill(doc, portal_fields.EXPENSE, {}, given)
	doc.save()
	for file in forms.uploaded_files("receipt")[:1]:
		attachments.attach(doc, filename=file.filename, content=file.stream.read(), fieldname="receipt")
	address = f"/kyodo/my/projects/{doc.project}/expenses"
	if doc.finding:
		text = _("The expense has been recorded. Please check the following: {0}").format(" ".join(doc.finding.split("\n")))
		return forms.FormResult(text, address, kind="wait")
	return _("The expense has been recorded."), address


@frappe.whitelist(methods=["POST"])
@answers_form(_place("expenses"))
def delete_expense(project: str, name: str):
	"""Delete an expense of one's own side that is not settled."""
	writable(expenses.EXPENSE, name)
	frappe.delete_doc(expenses.EXPENSE, name)
	return _("The expense has been deleted."), f"/kyodo/my/projects/{project}/expenses"


# -- changes of the plan -------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(lambda project="", **_rest: f"/kyodo/my/projects/{project}/changes")
def begin_change(project: str, reason: str = "", form: str = ""):
	"""Draft a change of the plan. Raises as `plan_changes.begin`."""
	readable("Kyodo Project", project)
	if not reason.strip():
		frappe.throw(_("Please say why the plan should be changed."), InputMissing)
	name = plan_changes.begin(project, reason)
	return _(
		"Below is the current plan. Please make your changes, save them, and propose them to the other side."
	), f"/kyodo/my/changes/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(lambda name="", **_rest: f"/kyodo/my/changes/{name}")
def save_change(name: str, modified: str = "", then: str = "save", form: str = "", **given: str):
	"""Save the draft of a change, or propose it to the other side (`then`: propose)."""
	doc = writable(plan_changes.CHANGE, name)
	check_unchanged(doc, modified)
	forms.fill(doc, portal_fields.CHANGE, portal_fields.CHANGE_TABLES, given)
	doc.save()
	address = f"/kyodo/my/changes/{name}"
	if then == "propose":
		frappe.db.savepoint(forms.SAVEPOINT)
		move(doc, "Propose Change")
		return _("The change has been proposed to the other side."), address
	if then.startswith("row-") and then[4:] in portal_fields.CHANGE_TABLES:
		return _("Saved at {0}.").format(current_time()), address, then[4:]
	return _("Saved at {0}.").format(current_time()), address


@frappe.whitelist(methods=["POST"])
@answers_form(lambda name="", **_rest: f"/kyodo/my/changes/{name}")
def answer_change(name: str, then: str = "", return_reason: str = "", form: str = ""):
	"""Agree to a change (`then`: agree), return it with a reason (return), or withdraw one's own (withdraw)."""
	doc = writable(plan_changes.CHANGE, name)
	address = f"/kyodo/my/changes/{name}"
	if then == "agree":
		doc = move(doc, "Agree to Change" if doc.needs_approval else "Agree")
		if doc.workflow_state == "Approved":
			return _("Both sides have agreed, and the plan has been updated."), address
		return _("Both sides have agreed. The office still has to approve the change."), address
	if then == "return":
		doc.return_reason = return_reason.strip() or None
		doc.save()
		move(doc, "Return")
		return _("The change has been returned to the other side."), address
	if then != "withdraw":
		frappe.throw(_("This is not possible."), InvalidChoice)
	move(doc, "Withdraw")
	return _("The change has been withdrawn."), address


# -- payments ------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_place("payments"))
def ask_payment(project: str, form: str = "", **given: str):
	"""Ask for a payment in the name of the organisation. Raises as `payment_requests.ask`."""
	asked = {field: given.get(field, "") for field in portal_fields.PAYMENT_REQUEST}
	name = payment_requests.ask(project, **asked)
	return _("The request has been sent to the office."), f"/kyodo/my/projects/{project}/payments", name


@frappe.whitelist(methods=["POST"])
@answers_form(_place("payments"))
def withdraw_payment(project: str, payment_request: str):
	"""Withdraw a request for payment. Raises as `payment_requests.withdraw`."""
	payment_requests.withdraw(payment_request)
	return _("The request has been withdrawn."), f"/kyodo/my/projects/{project}/payments"


# -- reports -------------------------------------------------------------------------------


def _report_page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/reports/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_report_page)
def save_report(name: str, modified: str = "", then: str = "save", form: str = "", **given: str):
	"""Save a report, or submit it (`then`: submit)."""
	doc = writable(reports.REPORT, name)
	check_unchanged(doc, modified)
	asked = form_of.fields_of(doc, form_of.PORTAL, former=True)
	shaped = {one.name: report_figures.PLAN_TABLES[one.name][1] for one in asked if one.name in report_figures.PLAN_TABLES}
	free = {table: shaped.pop(table) for table in OPEN_TABLES & set(shaped)}
	names, tables = fields.split(one for one in asked if one.name not in report_figures.PLAN_TABLES)
	forms.fill(doc, names, {**tables, **free}, given)
	for table, columns in shaped.items():
		forms.fill_existing(doc, table, columns, given)
	doc.save()
	address = f"/kyodo/my/reports/{name}"
	if then == "submit":
		frappe.db.savepoint(forms.SAVEPOINT)
		move(doc, "Submit")
		return _("The report has been submitted."), address
	if then.startswith("row-") and then[4:] in {*tables, *free}:
		return _("Saved at {0}.").format(current_time()), address, then[4:]
	return _("Saved at {0}.").format(current_time()), address


@frappe.whitelist(methods=["POST"])
@answers_form(_report_page)
def attach_to_report(name: str, field: str = "", document: str = ""):
	"""Attach photos and documents to a report: the file that its form requests in `field`, a `document` that goes with it, others."""
	doc = writable(reports.REPORT, name)
	if field:
		return _attach_asked(doc, field)
	if document:
		return _attach_document(doc, document)
	sent = forms.uploaded_files("photos")
	if not sent:
		frappe.throw(_("Please choose a file first."), InputMissing)
	for file in sent:
		_add_photo(doc, file)
	return _("The files are attached."), f"/kyodo/my/reports/{name}", "photos"


def _attach_document(doc: Document, title: str):
	wanted = next((row.document for row in report_documents.documents_of(doc) if row.document == title), None)
	if wanted is None:
		frappe.throw(_("You cannot attach a file here."), frappe.PermissionError)
	sent = forms.uploaded_files("file")
	if not sent:
		frappe.throw(_("Please choose a file first."), InputMissing)
	if there := report_documents.attached(doc).get(wanted):
		_drop(doc, there.name)
	row = doc.append(report_documents.TABLE, {"document": wanted})
	doc.save()
	attachments.attach(doc, filename=sent[0].filename, content=sent[0].stream.read(), table="photos", row=row.name, fieldname="file")
	name = file_types.clean_name(sent[0].filename)
	return _("The file “{0}” has been attached.").format(name), f"/kyodo/my/reports/{doc.name}", "documents"


def _attach_asked(doc: Document, fieldname: str):
	one = form_of.field_of(doc, fieldname)
	if not (one and one.is_file and form_of.PORTAL in one.places):
		frappe.throw(_("You cannot attach a file here."), frappe.PermissionError)
	sent = forms.uploaded_files("file")
	if not sent:
		frappe.throw(_("Please choose a file first."), InputMissing)
	attachments.attach(doc, filename=sent[0].filename, content=sent[0].stream.read(), fieldname=fieldname)
	return (
		_("The file “{0}” has been attached.").format(file_types.clean_name(sent[0].filename)),
		f"/kyodo/my/reports/{doc.name}",
		fieldname,
	)


@frappe.whitelist(methods=["POST"])
@answers_form(_report_page)
def detach_from_report(name: str, row: str = ""):
	"""Remove a file from a report."""
	_drop(writable(reports.REPORT, name), row)
	return _("The file is removed."), f"/kyodo/my/reports/{name}", "photos"


@frappe.whitelist(methods=["POST"])
@answers_form(lambda project="", **_rest: f"/kyodo/my/projects/{project}/notes")
def open_report(project: str, kind: str = "", fiscal_year: str = ""):
	"""Open a mid-term or annual report. Raises as `reports.open_report`."""
	readable("Kyodo Project", project)
	if not fiscal_year.isdigit():
		frappe.throw(_("Please enter the fiscal year as a number."), InvalidNumber)
	name = reports.open_report(project, kind, int(fiscal_year))
	return _("The report has been created. Both sides can write in it."), f"/kyodo/my/reports/{name}"
