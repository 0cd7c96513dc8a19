"""A request for payment on paper (請求書): to the mayor, from the organisation, with what is asked for and the account.

Only the office's copy names the account in full; it is made when somebody opens it and kept nowhere.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from kyodo_frappe.common import printing
from kyodo_frappe.common.language import in_record_language
from kyodo_frappe.common.printing import NO_DATE, day, word, yen
from kyodo_frappe.partnership import parties, payment_requests, payments
from kyodo_frappe.programme import city_words
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.rules.era import era_year


@frappe.whitelist(methods=["GET"])
def download(payment_request: str) -> None:
	"""Send the request as a PDF. Raises PermissionError for those who do not take part in its project."""
	doc = parties.get_permitted(payment_requests.REQUEST, payment_request)
	project = frappe.get_doc("Kyodo Project", doc.project)
	parties.check_participant(project)
	frappe.local.response.filename = f"{doc.name}.pdf"
	frappe.local.response.filecontent = pdf_of(doc, project)
	frappe.local.response.type = "pdf"


def pdf_of(request: Document, project: Document) -> bytes:
	"""The request as a PDF for the user. The caller has checked the permission to read it."""
	with in_record_language():
		shown = paper_context(request, project)
	head = (f"{shown.title}　{shown.year}", shown.name)
	return printing.pdf(printing.render("form_text", {"form": shown}), shown.title, head=head)


def paper_context(request: Document, project: Document) -> frappe._dict:
	"""What `templates/papers/form_text.html` shows, in the language of the session."""
	programme = rules_of(project)
	return frappe._dict(
		number="",
		title=_("Request for Payment"),
		name=request.name,
		to=city_words.addressee(programme),
		year=f"{programme.programme_name}　{era_year(project.fiscal_year) if project.fiscal_year else ''}".strip("　"),
		draft=_("Withdrawn") if request.workflow_state == "Withdrawn" else "",
		date=day(request.requested_on) or NO_DATE,
		sender=_sender(request),
		blocks=[
			_facts(_asked(request, project)),
			{"kind": "text", "heading": _("Account of the Organisation"), "number": 0, "lines": _account(request, project)},
		],
	)


def _facts(pairs: list[tuple[str, str]]) -> dict:
	return {"kind": "facts", "rows": [(label, [text]) for label, text in pairs]}


def _asked(request: Document, project: Document) -> list[tuple[str, str]]:
	facts = [
		(_("Project"), project.project_name),
		(_("Amount"), yen(request.amount)),
		(_("Kind"), word(request.kind)),
		*([(_("Fiscal Year"), era_year(request.fiscal_year))] if request.fiscal_year else []),
		(_("Granted Amount"), yen(payments.granted_amount(project, request.fiscal_year or None))),
	]
	if settled := payments.settled_of(project, request.fiscal_year or None):
		facts.append((_("Settled Amount"), yen(settled)))
	paid = payments.paid_amount(project, request.fiscal_year or None) - (flt(request.amount) if request.workflow_state == "Paid" else 0)
	return [*facts, (_("Paid So Far"), yen(paid))]


def _account(request: Document, project: Document) -> list[str]:
	return [f"{label}　{text}" for label, text in payment_requests.account_lines(request, project)]


def _sender(request: Document) -> list[str]:
	fields = ["organisation_name", "representative", "postal_code", "address"]
	row = frappe.db.get_value("Kyodo Organisation", request.organisation, fields, as_dict=True) or frappe._dict()
	place = " ".join(filter(None, [f"〒{row.postal_code}" if row.postal_code else "", row.address or ""]))
	return [
		f"{_('Address')}　{place}",
		f"{_('Name of the organisation')}　{row.organisation_name or ''}",
		f"{_('Representative')}　{row.representative or ''}",
	]
