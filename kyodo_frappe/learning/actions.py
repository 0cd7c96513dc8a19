"""What the pages of events, self-checks and guides send: form handlers that answer with a redirect (web/forms.py).

The guest functions at the end need no login; they answer alike whether or not an address is registered already.
"""

from urllib.parse import quote

import frappe
from frappe import _
from frappe.model.document import Document
from werkzeug.wrappers import Response

from kyodo_frappe.common.errors import InvalidChoice
from kyodo_frappe.learning import certificates, event_mail, events, page_comments, questionnaires, self_checks
from kyodo_frappe.learning import public as learning_public
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.learning.errors import InvalidLink
from kyodo_frappe.web import forms
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.rate_limit import limited

MINE = "/kyodo/my/events"


# -- events -------------------------------------------------------------------------------------


def _back(back: str = "", event: str = "", **_rest) -> str:
	return f"/kyodo/events/{event}" if back == "event" else MINE


def _organised(event: str = "", **_rest) -> str:
	return f"/kyodo/my/centre/events/{event}"


@frappe.whitelist(methods=["POST"])
@answers_form(_back)
def take_part(event: str, back: str = "", form: str = ""):
	"""Register the current user for an event. `back`: “event” returns to the event's page, else to the user's events."""
	state = event_registrations.take_part(event)
	placed = state == event_registrations.PLACE
	text = (
		_("You are registered. We look forward to seeing you.")
		if placed
		else _("You are on the waiting list. We will mail you when there is a place.")
	)
	return text, _back(back, event)


@frappe.whitelist(methods=["POST"])
@answers_form(_back)
def cancel_mine(event: str, back: str = "", form: str = ""):
	"""Cancel the current user's registration."""
	event_registrations.cancel_mine(event)
	return _("Your registration has been cancelled."), _back(back, event)


@frappe.whitelist(methods=["POST"])
@answers_form(_organised)
def note_attendance(event: str, form: str = "", **given: str):
	"""Record attendance (`attendance-<row>-name`, `attendance-<row>-mark`), for the event's organisers."""
	rows = forms.typed_rows("attendance", ("mark",), given)
	changed = event_registrations.note_attendance(event, [{"name": row["name"], "attendance": row["mark"]} for row in rows if row["name"]])
	return _("Attendance has been recorded ({0} changes).").format(changed), _organised(event)


@frappe.whitelist(methods=["POST"])
@answers_form(_organised)
def register_somebody(event: str, attendee_name: str = "", email: str = "", organisation_name: str = "", came: str = "", form: str = ""):
	"""Register somebody who has telephoned, or who came without registering, for the event's organisers."""
	state = event_registrations.register_somebody(event, attendee_name, email, organisation_name, bool(came))
	return _("{0} has been registered: {1}").format(attendee_name.strip(), event_registrations.state_label(state)), _organised(event)


@frappe.whitelist(methods=["POST"])
@answers_form(_organised)
def run_event(event: str, then: str = "", record: str = "", reason: str = "", form: str = ""):
	"""Announce an event, record that it was held, or call it off, for its organisers. `then`: announce, hold or call_off."""
	if then == "announce":
		events.announce(event)
		return _("The event has been announced."), _organised(event)
	if then == "hold":
		events.hold(event, record)
		return _("The event is marked as held. The questionnaire, if there is one, is sent to everybody who was not absent."), _organised(
			event
		)
	if then != "call_off":
		frappe.throw(_("Please choose one of the answers."), InvalidChoice)
	events.call_off(event, reason)
	return _("The event has been called off. Everybody registered is informed by mail."), _organised(event)


# -- self-checks --------------------------------------------------------------------------------


def _checks(audience: str = "", **_rest) -> str:
	return f"/kyodo/my/self-check?list={audience if audience in self_checks.LISTS else ''}"


@frappe.whitelist(methods=["POST"])
@answers_form(_checks)
def keep_self_check(audience: str, note: str = "", form: str = "", **given: str):
	"""Store a self-check: `mark-<number>` for each item."""
	marks = {name.removeprefix("mark-"): text for name, text in given.items() if name.startswith("mark-")}
	self_checks.keep(audience, marks, note)
	return _("Your self-check has been saved. Only you can read it."), _checks(audience), "h-earlier"


@frappe.whitelist(methods=["POST"])
@answers_form(_checks)
def keep_self_check_note(check: str, audience: str = "", note: str = "", form: str = ""):
	"""Change the note of one's own self-check."""
	self_checks.keep_note(check, note)
	return _("Your note has been saved."), _checks(audience), "h-earlier"


@frappe.whitelist(methods=["POST"])
@answers_form(_checks)
def delete_self_check(check: str, audience: str = "", form: str = ""):
	"""Delete one's own self-check."""
	self_checks.delete(check)
	return _("The self-check has been deleted."), _checks(audience)


# -- guests: events -------------------------------------------------------------------------------


def _event_page(event: str = "", **_rest) -> str:
	return f"/kyodo/events/{_path(event)}"


def _registration_page(key: str = "", **_rest) -> str:
	return f"/kyodo/registration/{_path(key)}"


@frappe.whitelist(allow_guest=True, methods=["GET"])
@limited(limit=60, seconds=60 * 60)
def event_calendar(event: str) -> Response:
	"""Download a public event as an iCalendar file."""
	if not learning_public.event(event):
		frappe.throw(_("There is no such event."), frappe.DoesNotExistError)
	return _calendar(frappe.get_doc("Kyodo Event", event))


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=20, seconds=60 * 60)
@answers_form(_event_page)
def ask_for_place(event: str, attendee_name: str = "", email: str = "", organisation_name: str = "", form: str = ""):
	"""Mail the link that confirms a registration for an event."""
	event_registrations.request_place(event, attendee_name, email, organisation_name)
	text = _("We have sent a mail to {0}. Your registration counts when you open the link in it and confirm.")
	return text.format(email.strip()), _event_page(event)


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=60, seconds=60 * 60)
@answers_form(_registration_page)
def confirm_place(key: str, form: str = ""):
	"""Confirm a registration by the key of a mail's link."""
	registration = event_registrations.confirm(key)
	placed = registration.state == event_registrations.PLACE
	text = (
		_("You are registered. We look forward to seeing you.")
		if placed
		else _("You are on the waiting list. We will mail you when there is a place.")
	)
	return text, _registration_page(key)


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=60, seconds=60 * 60)
@answers_form(_registration_page)
def cancel_place(key: str, form: str = ""):
	"""Cancel a registration by the key of a mail's link."""
	event_registrations.cancel(key)
	return _("Your registration has been cancelled."), _registration_page(key)


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=60, seconds=60 * 60)
@answers_form(_registration_page)
def answer_questions(key: str, form: str = "", **given: str):
	"""Answer the questionnaire of an event (`answer-<row>` for each question) by the key of a mail's link."""
	rows = {name.removeprefix("answer-"): text for name, text in given.items() if name.startswith("answer-")}
	questionnaires.record_answers(key, {int(row): text for row, text in rows.items() if row.isdecimal() and len(row) < 5})
	return _("Thank you for your answers."), _registration_page(key)


@frappe.whitelist(allow_guest=True, methods=["GET"])
@limited(limit=60, seconds=60 * 60)
def event_certificate(key: str) -> Response:
	"""Download the certificate of a registration as a PDF by the key of a mail's link."""
	registration = _of_key(key)
	content = certificates.certificate_pdf(registration.name)
	return _file(content, "application/pdf", f"{registration.name}.pdf")


@frappe.whitelist(allow_guest=True, methods=["GET"])
@limited(limit=60, seconds=60 * 60)
def registration_calendar(key: str) -> Response:
	"""Download the event of a registration as an iCalendar file by the key of a mail's link.

	It contains the online address if the registration has a place.
	"""
	registration = _of_key(key)
	event = frappe.get_doc("Kyodo Event", registration.event)
	return _calendar(event, with_place=registration.state == event_registrations.PLACE)


def _of_key(key: str) -> Document:
	registration = event_registrations.find_by_key(key)
	if registration is None:
		frappe.throw(_("This link is no longer valid."), exc=InvalidLink)
	return registration


def _calendar(event: Document, with_place: bool = False) -> Response:
	return _file(event_mail.calendar_file(event, with_place), "text/calendar; charset=utf-8", f"{event.name}.ics")


def _file(content: bytes, content_type: str, name: str) -> Response:
	return Response(
		content,
		content_type=content_type,
		headers={
			"Content-Disposition": f'attachment; filename="{name}"',
			"Cache-Control": "no-store, private",
			"X-Content-Type-Options": "nosniff",
		},
	)


# -- guests: comments on a revision -------------------------------------------------------------------------------------


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=20, seconds=60 * 60)
@answers_form(lambda page="", back="", **_rest: _guide_page(page, back))
def say_about_page(page: str, comment: str = "", commenter_name: str = "", email: str = "", part: str = "", back: str = "", form: str = ""):
	"""Store a comment on the revision of a page. `back`: “my” returns to the page in the portal."""
	page_comments.submit_comment(page, comment, commenter_name, email, part)
	return _("Thank you. Your comment has been received."), _guide_page(page, back)


def _guide_page(page: str, back: str) -> str:
	return f"/kyodo/{'my/' if back == 'my' else ''}guide/{_path(page)}"


def _path(key: str) -> str:
	return quote(key, safe="")
