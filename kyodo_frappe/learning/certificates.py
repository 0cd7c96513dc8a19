"""Papers of an event: the certificate (修了証) of who attended, and the sheet on which attendance is noted.

The heading and number of the form are the city's (programme.paper_forms, “Event Certificate”). A certificate is numbered
when it is printed first and keeps its number.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate

from kyodo_frappe.common import printing
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.learning import event_mail
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.workflows.guard import by_service

REGISTRATION = event_registrations.REGISTRATION


# -- what may be asked for --------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def download_sheet(event: str) -> None:
	"""The attendance sheet as a PDF file: for those who organise the event. Raises PermissionError."""
	doc = event_registrations.check_organiser(event)
	_answer(f"{doc.name}-attendance.pdf", sheet_pdf(doc))


@frappe.whitelist(methods=["GET"])
def download(registration: str) -> None:
	"""Somebody's certificate as a PDF file: for those who organise the event. Raises PermissionError, ValidationError."""
	event_registrations.check_organiser(frappe.db.get_value(REGISTRATION, registration, "event"))
	_answer(f"{registration}.pdf", certificate_pdf(registration))


def _answer(name: str, content: bytes):
	frappe.local.response.filename = name
	frappe.local.response.filecontent = content
	frappe.local.response.type = "pdf"


# -- the certificate --------------------------------------------------------------------------


def is_due(event: Document | dict, registration: Document | dict) -> bool:
	"""Whether there is a certificate: the event gives one, was held, and this one attended."""
	state = event.get("event_state") or event.get("state")
	return bool(event.get("gives_certificate") and state == "Held" and registration.get("attendance") == "Attended")


def certificate_pdf(registration: str) -> bytes:
	"""The certificate printed; the caller has checked who is asking. Raises ValidationError where there is none."""
	event = frappe.get_doc("Kyodo Event", frappe.db.get_value(REGISTRATION, registration, "event"))
	doc = frappe.get_doc(REGISTRATION, registration)
	if not is_due(event, doc):
		frappe.throw(_("There is a certificate only for those who attended an event that gives one."))
	values = certificate_of(event, _numbered(event, doc))
	return printing.pdf(printing.render("certificate", values, escape=True), values["title"])


def certificate_of(event: Document, registration: Document) -> dict:
	"""Everything a certificate says."""
	programme = frappe.get_cached_doc("Kyodo Programme", event.programme)
	form = next((row for row in programme.paper_forms if row.code == "Event Certificate"), None)
	return {
		"form_number": form.number if form else "",
		"title": (form.title if form else "") or _("Certificate of attendance", lang=RECORD_LANGUAGE),
		"number": f"{event.name.removeprefix('KEV-')}-{registration.certificate_number:02d}",
		"name": registration.attendee_name,
		"organisation": registration.organisation_name or "",
		"event_name": event.event_name,
		"when": event_mail.when(event),
		"date": era_date(getdate(event.held_on)),
		"city": programme.municipality_name,
		"entrance": programme.entrance_name or "",
	}


def _numbered(event: Document, registration: Document) -> Document:
	if registration.certificate_number:
		return registration
	# one at a time: two who print at once get two numbers
	frappe.get_doc("Kyodo Event", event.name, for_update=True)
	table = frappe.qb.DocType(REGISTRATION)
	given = (
		frappe.qb.from_(table)
		.select(table.name, table.certificate_number)
		.where((table.event == event.name) & (table.certificate_number > 0))
		.orderby(table.certificate_number, order=frappe.qb.desc)
		.for_update()
		.run(as_dict=True)
	)
	own = next((row.certificate_number for row in given if row.name == registration.name), None)
	registration.certificate_number = own or (cint(given[0].certificate_number) if given else 0) + 1
	if not own:
		with by_service(registration):
			registration.save(ignore_permissions=True)  # whose certificate it is, or an organiser, as checked before
		# a page that is only read keeps nothing: the number has to outlive this request
		frappe.local.flags.commit = True
	return registration


# -- the attendance sheet -----------------------------------------------------------------------


def sheet_pdf(event: Document) -> bytes:
	"""The list on paper, with a box for each who has a place and empty lines for those who just come."""
	rows = frappe.get_all(
		REGISTRATION,
		{"event": event.name, "state": event_registrations.PLACE},
		["attendee_name", "organisation_name", "attendance", "note"],
		order_by="attendee_name asc, name asc",
	)
	lines = range(len(rows) + 1, len(rows) + 6)
	values = {"event": event, "when": event_mail.when(event), "rows": rows, "empty": lines}
	title = _("List at the entrance", lang=RECORD_LANGUAGE)
	head = (f"{title}　{event.event_name}", event.name)
	return printing.pdf(printing.render("attendance_sheet", values, escape=True), title, head=head)
