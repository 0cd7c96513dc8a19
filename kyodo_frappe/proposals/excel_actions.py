"""A proposal's forms in the portal: the city's form as PDF and Excel, and a filled Excel form sent back."""

import base64

import frappe
from frappe import _

from kyodo_frappe.common import workbooks
from kyodo_frappe.common.errors import FileMissing
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.proposals import excel_forms, excel_pages, excel_workbook, paper_forms
from kyodo_frappe.proposals.excel_reader import read_form
from kyodo_frappe.web.forms import FormResult, answers_form
from kyodo_frappe.web.records import with_right, writable

# kinds of records that the portal prints on the city's form
PAPERS = {
	"proposal": "Kyodo Proposal",
	"organisation": "Kyodo Organisation",
	"plan": "Kyodo Project",
	"report": "Kyodo Report",
	"evaluation": "Kyodo Evaluation Sheet",
}


@frappe.whitelist(methods=["GET"])
def form_pdf(name: str, kind: str = "proposal") -> None:
	"""Send the city's form of a record as a PDF, to a login that may read the record; `kind` is a key of PAPERS.

	Raises PermissionError for other kinds and for records that are not open to the login.
	"""
	if kind not in PAPERS:
		raise frappe.PermissionError
	doc = with_right(PAPERS[kind], name, "read")
	frappe.local.response.filename = f"{name}.pdf"
	frappe.local.response.filecontent = paper_forms.pdf_of(doc)
	frappe.local.response.type = "download"


@frappe.whitelist(methods=["GET"])
def form_xlsx(name: str = "", programme: str = "") -> None:
	"""Send the Excel form of a proposal, or the blank one of a running programme.

	Raises PermissionError without the right to read the proposal, or to create one.
	"""
	doc = with_right("Kyodo Proposal", name, "read") if name else None
	if doc is None:
		frappe.has_permission("Kyodo Proposal", "create", throw=True)
		if programme not in programme_visibility.running():
			raise frappe.PermissionError
	workbooks.respond(excel_workbook.workbook_for(doc, programme), excel_workbook.filename_of(doc, programme))


def _page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/proposals/{name or excel_pages.NEW}/excel"


def _back(name: str = "", **_rest) -> str:
	return f"/kyodo/my/proposals/{name or excel_pages.NEW}"


@frappe.whitelist(methods=["POST"])
@answers_form(_back)
def send_form(name: str = "", organisation: str = "", programme: str = "", form: str = ""):
	"""Upload a filled form; the next page shows what it would change. Nothing is stored in the proposal yet."""
	content = workbooks.uploaded_file()
	if name:
		excel_forms.check_writable(writable("Kyodo Proposal", name))
		excel_pages.store_upload(name, content)
		excel_pages.preview_upload(name, excel_pages.uploaded_form(name))
		return "", _page(name)
	_check_writes_for(organisation)
	if programme and programme not in programme_visibility.running():
		raise frappe.PermissionError
	excel_pages.store_upload(excel_pages.NEW, content, organisation=organisation, programme=programme)
	excel_pages.preview_upload(excel_pages.NEW, excel_pages.uploaded_form(excel_pages.NEW))
	return "", _page()


def _check_writes_for(organisation: str):
	frappe.has_permission("Kyodo Proposal", "create", throw=True)
	if organisation not in organisations_of(frappe.session.user, WRITERS):
		frappe.throw(_("Please choose an organisation that you write for."), frappe.PermissionError)


@frappe.whitelist(methods=["POST"])
@answers_form(_page)
def take_form(name: str = "", form: str = ""):
	"""Store the form that was uploaded last in the draft, or begin a draft with it."""
	upload = excel_pages.uploaded_form(name or excel_pages.NEW)
	if not upload:
		frappe.throw(_("The file is no longer available. Please upload it again."), FileMissing)
	content = base64.b64decode(upload["content"])
	if name:
		doc = writable("Kyodo Proposal", name)
		outcome = excel_forms.apply(doc, read_form(content, doc))
	else:
		_check_writes_for(upload["organisation"])
		outcome = excel_forms.begin(content, upload["programme"], upload["organisation"])
	excel_pages.forget_upload()
	result = outcome.as_payload()
	if result["problems"]:
		text = _("The form was taken over into the draft, except for what is listed below.")
		return FormResult(text, _page(outcome.proposal), kind="wait", more={"result": result})
	return _("The form was taken over into the draft."), _back(outcome.proposal)
