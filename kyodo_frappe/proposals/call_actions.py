"""What the public page of a call sends and offers for download, without a login: questions, files, blank forms."""

from urllib.parse import quote

import frappe
from frappe import _
from werkzeug.wrappers import Response

from kyodo_frappe.common.file_types import content_of
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import enquiries, excel_workbook, paper_forms
from kyodo_frappe.web.forms import answers_form, is_trapped
from kyodo_frappe.web.rate_limit import limited

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _page(call: str = "", **_rest) -> str:
	return f"/kyodo/calls/{quote(call, safe='')}"


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=10, seconds=60 * 60)
@answers_form(_page)
def ask(call: str, question: str = "", asker_name: str = "", email: str = "", website: str = "", form: str = ""):
	"""Ask the office about a call. `website`: an input that people do not see; what fills it in is a program, and is not stored."""
	if not is_trapped(website):
		enquiries.ask(call, question, asker_name, email)
	text = _("Your question has arrived. The answer is published on this page, without your name.")
	return text, _page(call), "questions"


@frappe.whitelist(allow_guest=True, methods=["GET"])
@limited(limit=120, seconds=60 * 60)
def document(call: str, document: str) -> Response:
	"""Download a file that the office offers with a published call (`document`: the name of its row). Raises DoesNotExistError."""
	found = programme_public.call(call)
	rows = programme_public.call_documents(call) if found else []
	row = next((row for row in rows if row.name == document), None)
	if row is None:
		_refuse()
	place = {"file_url": row.file, "attached_to_doctype": "Kyodo Call", "attached_to_name": call}
	file = frappe.get_doc("File", frappe.db.get_value("File", place, "name", order_by="creation"))
	return _download(content_of(file), "application/octet-stream", file.file_name)


@frappe.whitelist(allow_guest=True, methods=["GET"])
@limited(limit=30, seconds=60 * 60)
def blank_form(call: str, file_format: str = "pdf") -> Response:
	"""Download the blank form of a proposal to a published call as pdf or xlsx. Raises DoesNotExistError."""
	found = programme_public.call(call)
	if found is None or file_format not in ("pdf", "xlsx"):
		_refuse()
	doc = frappe.new_doc("Kyodo Proposal", programme=found.programme, call=call, fiscal_year=found.fiscal_year)
	title = paper_forms.heading(rules_of(doc), "Proposal").title
	if file_format == "pdf":
		return _download(paper_forms.blank_pdf(doc), "application/pdf", f"{title}.pdf")
	if not paper_forms.has_excel_form(rules_of(doc), "Proposal"):
		_refuse()
	return _download(excel_workbook.workbook_for(doc), XLSX, f"{title}.xlsx")


def _refuse():
	frappe.throw(_("There is no such download."), frappe.DoesNotExistError)


def _download(content: bytes | str, content_type: str, name: str) -> Response:
	return Response(
		content,
		content_type=content_type,
		headers={
			"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
			"Cache-Control": "no-cache",
			"X-Content-Type-Options": "nosniff",
		},
	)
