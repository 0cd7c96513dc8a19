"""Published annual reports: their links on the page of figures, and their files."""

import frappe

from kyodo_frappe.permissions import attachments, programme_visibility
from kyodo_frappe.web.resources import Resource

REPORT = "Kyodo Annual Report"


def of_programme(programme: str | None) -> list[dict]:
	"""Return the published reports of a programme, the latest year first: [{name, report_title, fiscal_year, published_on, address}]."""
	if not programme:
		return []
	shown = _filters(programme=programme)
	rows = frappe.get_all(REPORT, shown, ["name", "report_title", "fiscal_year", "published_on"], order_by="fiscal_year desc, name desc")
	for row in rows:
		row.address = f"/kyodo/annual-reports/{row.name}.pdf"
	return rows


def file(file: str) -> tuple[bytes, str] | None:
	"""Return the file of a published report as (content, MIME type), or None. `file`: its name with .pdf."""
	name = frappe.db.get_value(REPORT, _filters(name=file.removesuffix(".pdf")))
	content = attachments.stored_pdf(frappe.get_doc(REPORT, name)) if name else None
	return (content, "application/pdf") if content else None


def _filters(**more) -> dict:
	return {"state": "Published", **(programme_visibility.without_drafts() if "programme" not in more else {}), **more}


RESOURCES = (Resource("annual-reports/<file>", file),)
