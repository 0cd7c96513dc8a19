"""Endpoints of the forms of a proposal: begin, write, attach, hand in, withdraw. Each answers with a redirect (web/forms.py)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.common import file_types
from kyodo_frappe.common.errors import FileMissing, InputMissing
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.permissions import attachments
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.programme import call_conditions
from kyodo_frappe.programme import form as form_of
from kyodo_frappe.programme.errors import NotContinuable
from kyodo_frappe.proposals import discarding, drafts, later_documents, proposals, writing
from kyodo_frappe.proposals.errors import ProposalNotEditable
from kyodo_frappe.web import forms
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.records import check_writer, with_right, writable
from kyodo_frappe.web.typed_values import parse
from kyodo_frappe.workflows.guard import check_still_possible, move, move_locked
from kyodo_frappe.workflows.states import WRITING, category_of

# {table: field of its rows that holds a file}
FILES = {"attachments": "file", "expenses": "estimate"}


@frappe.whitelist(methods=["POST"])
@answers_form("/kyodo/my/proposals/new")
def begin_proposal(
	title: str = "",
	organisation: str = "",
	programme: str = "",
	call: str = "",
	continued: str = "",
	acknowledged: str = "",
	form: str = "",
):
	"""Create a draft of one of the user's organisations.

	Raises PermissionError for an organisation that the user does not write for, ValidationError without a title.
	"""
	frappe.has_permission("Kyodo Proposal", "create", throw=True)
	if organisation not in organisations_of(frappe.session.user, WRITERS):
		frappe.throw(_("Please choose an organisation that you write for."), frappe.PermissionError)
	if not title.strip():
		frappe.throw(_("Please give the proposal a title."), InputMissing)
	if continued:
		name = proposals.continue_project(_own_project(continued, organisation), title.strip(), call)
		return _("The draft is created with what was written for the earlier project. Please bring it up to date."), writing.address_of(
			name, "basics"
		)
	doc = frappe.new_doc("Kyodo Proposal")
	doc.update({"programme": programme, "organisation": organisation, "origin": "Organisation"})
	forms.fill(doc, ("title", "call"), {}, {"title": title, "call": call})
	doc.acknowledged_on = now_datetime() if acknowledged else None
	doc.insert()
	return _("The draft is created. It is saved on the server while you write."), writing.address_of(doc.name, "basics")


def _own_project(project: str, organisation: str) -> str:
	if project not in {row.name for row in call_conditions.continuable_projects(organisation)}:
		frappe.throw(
			_("Only an earlier project of the organisation itself can be continued. Please choose one of its own."), exc=NotContinuable
		)
	return project


def _proposal_page(name: str = "", **_rest) -> str:
	return writing.address_of(name)


def _receipt_page(name: str) -> str:
	return writing.address_of(name, "receipt")


def _step_page(name: str = "", step: str = "", **_rest) -> str:
	return writing.address_of(name, step if step in writing.step_titles() else "")


@frappe.whitelist(methods=["POST"])
@answers_form(_step_page)
def save_step(name: str, step: str, then: str = "save", form: str = "", page: str = "", turn: str = "", writer: str = "", **given: str):
	"""Save one step of a proposal.

	then: the step to open next, or "row-<table>" to add a row to a table. What could not be stored comes back with the page, place by
	place; everything else is stored.
	"""
	check_writer(writer)
	response = _save(name, step, writing.Memory(page, turn), given, drop_emptied=True)
	if response["conflicts"] or response["problems"]:
		text = _("Saved at {0}, except what is marked below. Nothing of it is lost.").format(response["at"])
		more = {key: response[key] for key in ("conflicts", "problems")}
		return forms.FormResult(text, _step_page(name, step), "", "wait", {**forms.form_input(given), "form": form}, more)
	text = _("Saved at {0}.").format(response["at"])
	if then.startswith("row-") and then[4:] in response["rows"]:
		return text, _step_page(name, step), then[4:]
	return text, _step_page(name, then if then in writing.step_titles() else step)


@frappe.whitelist(methods=["POST"])
def autosave_step(name: str, step: str, page: str = "", turn: str = "", pressed: str = "", writer: str = "", **given: str) -> dict:
	"""Save one step while it is being written, and return what became of each field (`writing.save_response`).

	pressed: set where a button was pressed, so that emptied rows are removed.
	"""
	check_writer(writer)
	return _save(name, step, writing.Memory(page, turn), given, drop_emptied=bool(pressed))


def _save(name: str, step: str, memory: writing.Memory, given: dict, drop_emptied: bool = False) -> dict:
	doc = writable("Kyodo Proposal", name)
	names, tables = _open_parts(doc, step)
	typed = memory.with_known_digests(doc, writing.typed_fields(doc, names, given))
	typed_rows = memory.rows_with_known_digests(doc, writing.typed_rows(doc, tables, given))
	saved = drafts.save(doc, typed, typed_rows, drop_emptied=drop_emptied)
	response = writing.save_response(saved, given, names, tables)
	memory.remember(response)
	return response


def _open_parts(doc: Document, step: str) -> tuple[tuple[str, ...], forms.Tables]:
	"""(fields, tables) of a step that may be written now. Raises ValidationError where there are none."""
	names, tables = writing.writable_parts(doc, step, after_submission=category_of(doc) != WRITING)
	if not names and not tables:
		frappe.throw(
			_("The proposal is in the state {0}, so this part can no longer be changed. What you typed is kept below.").format(
				_(doc.workflow_state)
			),
			exc=ProposalNotEditable,
		)
	return names, tables


def _documents_page(name: str = "", **_rest) -> str:
	return writing.address_of(name, "documents")


@frappe.whitelist(methods=["POST"])
@answers_form(_documents_page)
def attach_to_proposal(name: str, table: str = "attachments", row: str = "", document: str = "", field: str = "", form: str = ""):
	"""Attach the uploaded file in place of an earlier one.

	Either to `field` of the form, or to a row of `table`: an estimate of an expense, or a document, for which a row is added where
	`row` is empty. Raises PermissionError for a place that holds no files.
	"""
	doc = writable("Kyodo Proposal", name)
	upload = next(iter(forms.uploaded_files("file")), None)  # chosen, or photographed: two inputs of one name
	if not upload:
		frappe.throw(_("Please choose a file first."), InputMissing)
	if field:
		place = {"fieldname": _file_of_form(doc, field)}
	else:
		fieldname = _file_field(table)
		place = {"table": table, "row": row or _new_attachment(doc, document), "fieldname": fieldname}
	attachments.attach(doc, filename=upload.filename, content=upload.stream.read(), **place)
	return _("The file “{0}” has been attached.").format(file_types.clean_name(upload.filename)), _documents_page(name)


def _new_attachment(doc: Document, document: str) -> str:
	df = frappe.get_meta("Kyodo Attachment").get_field("document")
	title = parse(df, document)
	if not title:
		frappe.throw(_("Please say what the document is."), InputMissing)
	row = doc.append("attachments", {"document": title})
	doc.save()
	return row.name


def _file_field(table: str) -> str:
	if table not in FILES:
		frappe.throw(_("You cannot attach a file here."), frappe.PermissionError)
	return FILES[table]


def _file_of_form(doc: Document, fieldname: str) -> str:
	field = form_of.field_of(doc, fieldname)
	if not (field and field.is_file and form_of.PORTAL in field.places):
		frappe.throw(_("You cannot attach a file here."), frappe.PermissionError)
	return fieldname


@frappe.whitelist(methods=["POST"])
@answers_form(_documents_page)
def detach_from_proposal(name: str, table: str = "", row: str = "", field: str = "", form: str = ""):
	"""Remove an attached file; a document is removed with its row. Raises as `attach_to_proposal`."""
	doc = writable("Kyodo Proposal", name)
	if field:
		attachments.detach(doc, fieldname=_file_of_form(doc, field))
		return _("The file is removed."), _documents_page(name)
	attachments.detach(doc, fieldname=_file_field(table), table=table, row=row)
	if table == "attachments":
		doc.set(table, [kept for kept in doc.get(table) if kept.name != row])
		doc.save()
	return _("The file is removed."), _documents_page(name)


@frappe.whitelist(methods=["POST"])
@answers_form(lambda name="", **_rest: writing.address_of(name, writing.CHECK))
def submit_proposal(name: str, form: str = ""):
	"""Hand in a proposal. Raises as `proposals.check_ready`."""
	doc = writable("Kyodo Proposal", name)
	if category_of(doc) == WRITING:
		proposals.check_complete(doc)  # names everything that is missing, where the workflow would name the first only
	if later_documents.is_open(doc):
		move_locked(doc, "Hand In Documents")
		return _("The documents are handed in. The office will check them."), _receipt_page(name)
	move_locked(doc, "Submit")
	return _("The proposal is handed in. The office will check it and confirm that it has received it."), _receipt_page(name)


@frappe.whitelist(methods=["POST"])
@answers_form(_proposal_page)
def withdraw_proposal(name: str, withdraw_reason: str = "", form: str = ""):
	"""Withdraw a proposal. Raises ValidationError without a reason."""
	doc = writable("Kyodo Proposal", name)
	if not withdraw_reason.strip():
		frappe.throw(_("Please say why you withdraw the proposal."), InputMissing)
	doc.withdraw_reason = withdraw_reason.strip()
	doc.save()
	move(doc, "Withdraw")
	return _("The proposal is withdrawn."), f"/kyodo/my/proposals/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(lambda name="", **_rest: f"/kyodo/my/proposals/{name}/discard")
def discard_draft(name: str, seen: str = "", form: str = ""):
	"""Throw away a draft that was never handed in. Raises PermissionError, and as `discarding.discard`."""
	doc = with_right("Kyodo Proposal", name, "delete")
	title = doc.title
	discarding.discard(doc, seen)
	return _("The draft “{0}” has been thrown away.").format(title), "/kyodo/my"


@frappe.whitelist(methods=["POST"])
@answers_form(_proposal_page)
def decline_adoption(name: str, decline_reason: str = "", form: str = ""):
	"""Decline an adoption or a place on the reserve list. Raises ValidationError without a reason, and as `declining.check`."""
	doc = writable("Kyodo Proposal", name)
	if not decline_reason.strip():
		frappe.throw(_("Please say why you decline."), InputMissing)
	check_still_possible(doc, "Decline")
	doc.decline_reason = decline_reason.strip()
	doc.save()
	move(doc, "Decline")
	return _("You have declined. The office is told, and a letter confirms it."), f"/kyodo/my/proposals/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_proposal_page)
def propose_again(name: str):
	"""Create a new draft from a proposal that was not adopted."""
	writable("Kyodo Proposal", name)
	new = proposals.propose_again(name)
	return _("A new draft was created from the proposal. The advice is shown beside the parts it concerns."), f"/kyodo/my/proposals/{new}"


@frappe.whitelist(methods=["GET"])
def letter_pdf(letter: str) -> None:
	"""Send the PDF of a letter: the one kept when it was issued. Raises PermissionError without the right to print it."""
	doc = with_right("Kyodo Letter", letter, "print")
	content = _kept_letter(doc) if doc.pdf else letter_text.letter_pdf(doc)
	frappe.local.response.filename = f"{doc.name}.pdf"
	frappe.local.response.filecontent = content
	frappe.local.response.type = "download"


def _kept_letter(doc: Document) -> bytes:
	filters = {"file_url": doc.pdf, "attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
	file = frappe.db.get_value("File", filters)
	if not file:
		# printed again, it might differ from what was sent
		frappe.throw(_("The PDF kept of letter {0} is missing. Please ask the office.").format(doc.letter_number), FileMissing)
	return file_types.content_of(frappe.get_doc("File", file))
