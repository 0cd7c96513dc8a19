"""Making an annual report, filling it again, choosing photos, publishing it and taking it back."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.common.errors import ReportIsPublished
from kyodo_frappe.front.annual import paper, texts
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.permissions import attachments
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, require
from kyodo_frappe.rules.era import fiscal_year_range
from kyodo_frappe.workflows.guard import by_service

REPORT = "Kyodo Annual Report"


@frappe.whitelist(methods=["POST"])
def prepare(programme: str, fiscal_year: int) -> str:
	"""Make the annual report of a programme and fiscal year with everything that is known, or fill the draft that there is.

	Returns its name. Raises PermissionError, ReportIsPublished.
	"""
	require(OFFICER, MANAGER)
	frappe.get_doc("Kyodo Programme", programme).check_permission("read")
	known = frappe.db.get_value(REPORT, {"programme": programme, "fiscal_year": fiscal_year})
	doc = frappe.get_doc(REPORT, known) if known else frappe.new_doc(REPORT, programme=programme, fiscal_year=fiscal_year)
	return _filled(doc)


@frappe.whitelist(methods=["POST"])
def refill(annual_report: str) -> str:
	"""Add parts and projects that a draft lacks; its texts stay. Returns its name. Raises PermissionError, ReportIsPublished."""
	return _filled(_draft(annual_report))


def _filled(doc: Document) -> str:
	if doc.state == "Published":
		frappe.throw(_("A published report is not changed. Please take it back first."), ReportIsPublished)
	texts.fill(doc)
	doc.save()
	return doc.name


@frappe.whitelist(methods=["GET"])
def photos(annual_report: str, project: str) -> list[dict]:
	"""Return the released photos of a project from the year of a report: [{row, address, text}]. Raises PermissionError."""
	doc = frappe.get_doc(REPORT, annual_report)
	doc.check_permission("read")
	rows = project_public.photos_of_year([project], *fiscal_year_range(doc.fiscal_year)).get(project, [])
	return [
		{"row": row.row, "address": f"/kyodo/projects/{project}/photos/{row.row}", "text": f"{row.note_date}　{row.subject}".strip()}
		for row in rows
	]


@frappe.whitelist(methods=["POST"])
def publish(annual_report: str) -> str:
	"""Print a draft, keep the file and show it on the public page. Returns its public address. Raises PermissionError."""
	doc = _draft(annual_report)
	doc.update({"state": "Published", "published_on": now_datetime()})
	with by_service(doc):
		doc.save()
	attachments.store_pdf(doc, paper.print_report(doc))
	return f"/kyodo/annual-reports/{doc.name}.pdf"


@frappe.whitelist(methods=["POST"])
def take_back(annual_report: str) -> None:
	"""Make a published report a draft again: it leaves the public page, and its file is deleted.

	Raises PermissionError.
	"""
	doc = frappe.get_doc(REPORT, annual_report)
	doc.check_permission("write")
	file = doc.pdf
	doc.update({"state": "Draft", "published_on": None, "pdf": None})
	with by_service(doc):
		doc.save()
	attachments.remove(doc, file)


def _draft(name: str) -> Document:
	doc = frappe.get_doc(REPORT, name)
	doc.check_permission("write")
	if doc.state == "Published":
		frappe.throw(_("A published report is not changed. Please take it back first."), ReportIsPublished)
	return doc
