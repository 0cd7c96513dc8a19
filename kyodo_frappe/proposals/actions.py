"""What the proposal pages send. Plain forms: each endpoint answers with a redirect (web/forms.py)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.common import file_types
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.permissions import attachments
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.programme import form as form_of
from kyodo_frappe.proposals import drafts, paper_forms, proposals, writing
from kyodo_frappe.web import forms
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.records import check_writer, with_right, writable
from kyodo_frappe.web.typed_values import parse
from kyodo_frappe.workflows.guard import move
from kyodo_frappe.workflows.states import WRITING, category_of

# where files go in: {table: field of its rows}
FILES = {"attachments": "file", "expenses": "estimate"}


@frappe.whitelist(methods=["POST"])
@answers_form("/kyodo/my/proposals/new")
def begin_proposal(
	title: str = "",
	organisation: str = "",
	programme: str = "",
	call: str = "",
	acknowledged: str = "",
	form: str = "",
):
	"""Begin a draft."""
	frappe.has_permission("Kyodo Proposal", "create", throw=True)
	if organisation not in organisations_of(frappe.session.user, WRITERS):
		frappe.throw(_("Please choose an organisation that you write for."), frappe.PermissionError)
	if not title.strip():
		frappe.throw(_("Please give the proposal a title."))
	doc = frappe.new_doc("Kyodo Proposal")
	doc.update({"programme": programme, "organisation": organisation, "origin": "Organisation"})
	forms.fill(doc, ("title", "call"), {}, {"title": title, "call": call})
	doc.acknowledged_on = now_datetime() if acknowledged else None
	doc.insert()
	return _("The draft is begun. It is saved on the server as you write."), writing.address_of(doc.name, "basics")


def _proposal_page(name: str = "", **_rest) -> str:
	return writing.address_of(name)


def _step_page(name: str = "", step: str = "", **_rest) -> str:
	return writing.address_of(name, step if step in writing.step_titles() else "")


@frappe.whitelist(methods=["POST"])
@answers_form(_step_page)
def save_step(name: str, step: str, then: str = "save", form: str = "", page: str = "", turn: str = "", writer: str = "", **given: str):
	"""Save one step of a proposal; `then`: the step to go to, or row-<table> to go on with a new row.

	What could not be stored comes back with the page, field by field; everything else is stored.
	"""
	check_writer(writer)
	told = _save(name, step, writing.Memory(page, turn), given, drop_emptied=True)
	if told["conflicts"] or told["problems"]:
		text = _("Saved at {0}, except what is marked below. Nothing of it is lost.").format(told["at"])
		more = {key: told[key] for key in ("conflicts", "problems")}
		return forms.FormResult(text, _step_page(name, step), "", "wait", {**forms.form_input(given), "form": form}, more)
	text = _("Saved at {0}.").format(told["at"])
	if then.startswith("row-") and then[4:] in told["rows"]:
		return text, _step_page(name, step), then[4:]
	return text, _step_page(name, then if then in writing.step_titles() else step)


@frappe.whitelist(methods=["POST"])
def autosave_step(name: str, step: str, page: str = "", turn: str = "", pressed: str = "", writer: str = "", **given: str) -> dict:
	"""Save one step while it is being written; answers what became of each field (proposals/writing.py: told).

	`pressed`: a button was pressed, so that rows left empty are meant to go.
	"""
	check_writer(writer)
	return _save(name, step, writing.Memory(page, turn), given, drop_emptied=bool(pressed))


def _save(name: str, step: str, memory: writing.Memory, given: dict, drop_emptied: bool = False) -> dict:
	doc = writable("Kyodo Proposal", name)
	names, tables = _open_parts(doc, step)
	typed = memory.known(doc, writing.typed_fields(doc, names, given))
	typed_rows = memory.known_rows(doc, writing.typed_rows(doc, tables, given))
	saved = drafts.save(doc, typed, typed_rows, drop_emptied=drop_emptied)
	told = writing.told(saved, given, names, tables)
	memory.keep(told)
	return told


def _open_parts(doc: Document, step: str) -> tuple[tuple[str, ...], forms.Tables]:
	"""(fields, tables) of a step that may be written now. Raises ValidationError where there is nothing."""
	names, tables = writing.written(doc, step, later=category_of(doc) != WRITING)
	if not names and not tables:
		frappe.throw(
			_("The proposal is in the state {0}: this part is not open any more. What you typed is kept below.").format(
				_(doc.workflow_state)
			)
		)
	return names, tables


def _documents_page(name: str = "", **_rest) -> str:
	return writing.address_of(name, "documents")


@frappe.whitelist(methods=["POST"])
@answers_form(_documents_page)
def attach_to_proposal(name: str, table: str = "attachments", row: str = "", document: str = "", field: str = "", form: str = ""):
	"""Attach the uploaded file to a row: an estimate of an expense, or a document, whose row is made where `row` is
	empty; or as the file that the form asks for in `field`. What was there before is replaced."""
	doc = writable("Kyodo Proposal", name)
	sent = frappe.request.files.get("file") if frappe.request else None
	if not sent or not sent.filename:
		frappe.throw(_("Please choose a file first."))
	if field:
		place = {"fieldname": _file_of_form(doc, field)}
	else:
		fieldname = _file_field(table)
		place = {"table": table, "row": row or _new_attachment(doc, document), "fieldname": fieldname}
	attachments.attach(doc, filename=sent.filename, content=sent.stream.read(), **place)
	return _("The file “{0}” is attached.").format(file_types.clean_name(sent.filename)), _documents_page(name)


def _new_attachment(doc: Document, document: str) -> str:
	df = frappe.get_meta("Kyodo Attachment").get_field("document")
	title = parse(df, document)
	if not title:
		frappe.throw(_("Please say what the document is."))
	row = doc.append("attachments", {"document": title})
	doc.save()
	return row.name


def _file_field(table: str) -> str:
	if table not in FILES:
		frappe.throw(_("You may not attach a file here."), frappe.PermissionError)
	return FILES[table]


def _file_of_form(doc: Document, fieldname: str) -> str:
	one = form_of.field_of(doc, fieldname)
	if not (one and one.is_file and form_of.PORTAL in one.places):
		frappe.throw(_("You may not attach a file here."), frappe.PermissionError)
	return fieldname


@frappe.whitelist(methods=["POST"])
@answers_form(_documents_page)
def detach_from_proposal(name: str, table: str = "", row: str = "", field: str = "", form: str = ""):
	"""Take an attached file away; a document goes with its row."""
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
	"""Hand a proposal in."""
	doc = writable("Kyodo Proposal", name)
	if category_of(doc) == WRITING:
		proposals.check_ready(doc)  # everything that is missing in one sentence, before the workflow asks for the first
	move(doc, "Submit")
	return _("The proposal is handed in. The office will look through it and confirm that it has received it."), _proposal_page(name)


@frappe.whitelist(methods=["POST"])
@answers_form(_proposal_page)
def withdraw_proposal(name: str, withdraw_reason: str = "", form: str = ""):
	"""Take a proposal back, with the reason."""
	doc = writable("Kyodo Proposal", name)
	if not withdraw_reason.strip():
		frappe.throw(_("Please say why you withdraw the proposal."))
	doc.withdraw_reason = withdraw_reason.strip()
	doc.save()
	move(doc, "Withdraw")
	return _("The proposal is withdrawn."), f"/kyodo/my/proposals/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_proposal_page)
def propose_again(name: str):
	"""A new draft from a proposal that was not adopted."""
	writable("Kyodo Proposal", name)
	new = proposals.propose_again(name)
	return _("A new draft is made from the proposal. The advice stands beside the parts it concerns."), f"/kyodo/my/proposals/{new}"


@frappe.whitelist(methods=["GET"])
def letter_pdf(letter: str) -> None:
	"""The PDF of a letter that this login may read: the one that was kept when it was issued."""
	doc = with_right("Kyodo Letter", letter, "print")
	content = _kept_letter(doc) if doc.pdf else letter_text.letter_pdf(doc)
	frappe.local.response.filename = f"{doc.name}.pdf"
	frappe.local.response.filecontent = content
	frappe.local.response.type = "download"


def _kept_letter(doc: Document) -> bytes:
	filters = {"file_url": doc.pdf, "attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
	file = frappe.db.get_value("File", filters)
	if not file:
		# printed anew it might say something else than what was sent
		frappe.throw(_("The PDF kept of letter {0} is missing. Please ask the office.").format(doc.letter_number))
	return file_types.content_of(frappe.get_doc("File", file))


@frappe.whitelist(methods=["GET"])
def proposal_pdf(name: str) -> None:
	"""A proposal on paper, at any time, for who may read it."""
	with_right("Kyodo Proposal", name, "read")
	frappe.local.response.filename = f"{name}.pdf"
	frappe.local.response.filecontent = paper_forms.pdf_of(frappe.get_doc("Kyodo Proposal", name))
	frappe.local.response.type = "download"
