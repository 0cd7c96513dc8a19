"""Papers of a proposal in the portal: the city's form as PDF and Excel, and a filled Excel form sent back."""

import base64

import frappe
from frappe import _

from kyodo_frappe.common import workbooks
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.proposals import excel_forms, excel_pages, paper_forms
from kyodo_frappe.web.forms import FormResult, answers_form
from kyodo_frappe.web.records import with_right, writable

# what the portal prints on the city's form
PAPERS = {
	"proposal": "Kyodo Proposal",
	"organisation": "Kyodo Organisation",
	"plan": "Kyodo Project",
	"report": "Kyodo Report",
	"evaluation": "Kyodo Evaluation Sheet",
}


@frappe.whitelist(methods=["GET"])
def form_pdf(kind: str, name: str) -> None:
	"""A record on the city's form, for who may read it."""
	if kind not in PAPERS:
		raise frappe.PermissionError
	doc = with_right(PAPERS[kind], name, "read")
	frappe.local.response.filename = f"{name}.pdf"
	frappe.local.response.filecontent = paper_forms.pdf_of(doc)
	frappe.local.response.type = "download"


@frappe.whitelist(methods=["GET"])
def form_xlsx(name: str = "", programme: str = "") -> None:
	"""The Excel form of a proposal, or the blank one of a programme in use, for who may propose."""
	doc = with_right("Kyodo Proposal", name, "read") if name else None
	if doc is None:
		frappe.has_permission("Kyodo Proposal", "create", throw=True)
		if programme not in programme_visibility.running():
			raise frappe.PermissionError
	workbooks.respond(excel_forms.workbook_for(doc, programme), excel_forms.filename_of(doc, programme))


def _page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/proposals/{name or excel_pages.NEW}/excel"


def _back(name: str = "", **_rest) -> str:
	return f"/kyodo/my/proposals/{name or excel_pages.NEW}"


@frappe.whitelist(methods=["POST"])
@answers_form(_back)
def send_form(name: str = "", organisation: str = "", programme: str = "", form: str = ""):
	"""Send a filled form; the next page says what it would change. Nothing is stored yet."""
	content = workbooks.uploaded_file()
	if name:
		excel_forms.check_writable(writable("Kyodo Proposal", name))
		excel_pages.keep(name, content)
		excel_pages.look(name, excel_pages.keeping(name))
		return "", _page(name)
	_check_writes_for(organisation)
	if programme and programme not in programme_visibility.running():
		raise frappe.PermissionError
	excel_pages.keep(excel_pages.NEW, content, organisation=organisation, programme=programme)
	excel_pages.look(excel_pages.NEW, excel_pages.keeping(excel_pages.NEW))
	return "", _page()


def _check_writes_for(organisation: str):
	frappe.has_permission("Kyodo Proposal", "create", throw=True)
	if organisation not in organisations_of(frappe.session.user, WRITERS):
		frappe.throw(_("Please choose an organisation that you write for."), frappe.PermissionError)


@frappe.whitelist(methods=["POST"])
@answers_form(_page)
def take_form(name: str = "", form: str = ""):
	"""Take the form that was sent last into the draft, or begin a draft with it."""
	kept = excel_pages.keeping(name or excel_pages.NEW)
	if not kept:
		frappe.throw(_("The file is not here any more. Please send it once more."))
	content = base64.b64decode(kept["content"])
	if name:
		doc = writable("Kyodo Proposal", name)
		outcome = excel_forms.apply(doc, excel_forms.read_form(content, doc))
	else:
		_check_writes_for(kept["organisation"])
		outcome = excel_forms.begin(content, kept["programme"], kept["organisation"])
	excel_pages.forget()
	told = outcome.told()
	if told["problems"]:
		text = _("The form is in the draft, except what is listed below.")
		return FormResult(text, _page(outcome.proposal), kind="wait", more={"told": told})
	return _("The form is in the draft."), _back(outcome.proposal)
