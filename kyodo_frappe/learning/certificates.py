"""Papers of an event: the certificate of attendance (修了証) and the attendance sheet.

The city defines heading and number of the certificate's form (`programme.paper_forms`, “Event Certificate”). A certificate
gets its number when it is first printed and keeps it.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate

from kyodo_frappe.common import printing
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.learning import event_mail
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.learning.errors import NoCertificate
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.workflows.guard import by_service

REGISTRATION = event_registrations.REGISTRATION


# -- downloads --------------------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def download_sheet(event: str) -> None:
	"""Download the attendance sheet of an event as a PDF, for its organisers. Raises PermissionError."""
	doc = event_registrations.get_organised_event(event)
	_send_pdf(f"{doc.name}-attendance.pdf", attendance_sheet_pdf(doc))


@frappe.whitelist(methods=["GET"])
def download(registration: str) -> None:
	"""Download a certificate as a PDF, for the event's organisers. Raises PermissionError, NoCertificate."""
	event_registrations.get_organised_event(frappe.db.get_value(REGISTRATION, registration, "event"))
	_send_pdf(f"{registration}.pdf", certificate_pdf(registration))


def _send_pdf(name: str, content: bytes):
	frappe.local.response.filename = name
	frappe.local.response.filecontent = content
	frappe.local.response.type = "pdf"


# -- the certificate --------------------------------------------------------------------------


def is_available(event: Document | dict, registration: Document | dict) -> bool:
	"""Return whether a certificate can be printed: the event gives one, was held, and the person attended."""
	state = event.get("event_state") or event.get("state")
	return bool(event.get("gives_certificate") and state == "Held" and registration.get("attendance") == "Attended")


def certificate_pdf(registration: str) -> bytes:
	"""Return a certificate as a PDF. The caller has checked permissions. Raises NoCertificate."""
	event = frappe.get_doc("Kyodo Event", frappe.db.get_value(REGISTRATION, registration, "event"))
	doc = frappe.get_doc(REGISTRATION, registration)
	if not is_available(event, doc):
		frappe.throw(_("Only people who attended an event with certificates get one."), exc=NoCertificate)
	values = certificate_context(event, _assign_number(event, doc))
	return printing.pdf(printing.render("certificate", values, escape=True), values["title"])


def certificate_context(event: Document, registration: Document) -> dict:
	"""Return the values that the certificate's template shows."""
	programme = frappe.get_cached_doc("Kyodo Programme", event.programme)
	form = next((row for row in programme.paper_forms if row.code == "Event Certificate"), None)
	return {
		"form_number": form.number if form else "",
		"title": (form.title if form else "") or _("Certificate of attendance", lang=RECORD_LANGUAGE),
		"number": f"{event.name.removeprefix('KEV-')}-{registration.certificate_number:02d}",
		"name": registration.attendee_name,
		"organisation": registration.organisation_name or "",
		"event_name": event.event_name,
		"when": event_mail.date_and_time(event),
		"date": era_date(getdate(event.held_on)),
		"city": programme.municipality_name,
		"entrance": programme.entrance_name or "",
	}


def _assign_number(event: Document, registration: Document) -> Document:
	if registration.certificate_number:
		return registration
	# of two who print at once, each gets a number of their own
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
			registration.save(ignore_permissions=True)  # the caller has checked who prints
		# a GET request is rolled back otherwise, and the number has to outlive it
		frappe.local.flags.commit = True
	return registration


# -- the attendance sheet -----------------------------------------------------------------------


def attendance_sheet_pdf(event: Document) -> bytes:
	"""Return the attendance sheet as a PDF: a box for everybody with a place, and empty lines for unannounced visitors."""
	rows = frappe.get_all(
		REGISTRATION,
		{"event": event.name, "state": event_registrations.PLACE},
		["attendee_name", "organisation_name", "attendance", "note"],
		order_by="attendee_name asc, name asc",
	)
	lines = range(len(rows) + 1, len(rows) + 6)
	values = {"event": event, "when": event_mail.date_and_time(event), "rows": rows, "empty": lines}
	title = _("Reception list", lang=RECORD_LANGUAGE)
	head = (f"{title}　{event.event_name}", event.name)
	return printing.pdf(printing.render("attendance_sheet", values, escape=True), title, head=head)
