"""What may be called without a login. Nothing else in the app may."""

from urllib.parse import quote

import frappe
from frappe import _
from werkzeug.wrappers import Response

from kyodo_frappe.portal import data, joining
from kyodo_frappe.portal.forms import answers_form
from kyodo_frappe.portal.limited import forget, limited, login_attempts
from kyodo_frappe.services import certificates, event_answers, event_mail, event_registrations, invitations, learning_publication, page_comments


@frappe.whitelist(allow_guest=True, methods=["GET"])
@limited(limit=60, seconds=60 * 60)
def download(kind: str, file_format: str = "csv") -> Response:
	"""A file with every published record of a kind: proposals, projects, organisations, meetings or events; csv or json."""
	makers = {"csv": (data.as_csv, "text/csv"), "json": (data.as_json, "application/json")}
	if kind not in data.KINDS or file_format not in makers:
		frappe.throw(_("There is no such download."), frappe.DoesNotExistError)
	make, content_type = makers[file_format]
	return Response(
		make(kind),
		content_type=f"{content_type}; charset=utf-8",
		headers={
			"Content-Disposition": f'attachment; filename="kyodo-{kind}.{file_format}"',
			"Cache-Control": "no-cache",
			"X-Content-Type-Options": "nosniff",
		},
	)


# -- signing up and logging in: plain forms, the same answer whether or not an address has a login --------------


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=10, seconds=60 * 60)
@answers_form("/kyodo/join")
def request_sign_up(email: str = "", full_name: str = "", form: str = ""):
	"""Mail a link to sign up."""
	invitations.sign_up(email, full_name)
	return _("We have sent a mail to {0}. Please open the link in it.").format(email.strip()), "/kyodo/join"


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=30, seconds=60 * 60)
@answers_form(lambda key="", **_rest: f"/kyodo/join/{_path(key)}")
def sign_up(key: str, full_name: str = "", password: str = "", password_again: str = "", form: str = ""):
	"""Make a login by the link of a mail, do what the link says, and log in."""
	_check_same(password, password_again)
	joining.log_in_as(invitations.accept_as_new(key, full_name, password))
	return _("Welcome. Your login is ready."), "/kyodo/my"


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=60, seconds=10 * 60, about="email", most=login_attempts)
@answers_form(lambda to="", **_rest: f"/kyodo/login?to={quote(joining.below_kyodo(to))}")
def log_in(email: str = "", password: str = "", to: str = "", form: str = ""):
	"""Log in with mail address and password; `to`: the page to go to, below /kyodo only."""
	address = joining.below_kyodo(to)
	if not joining.log_in(email, password):
		return "", f"/login?redirect-to={quote(address)}"
	forget("log_in", "email", email)
	return "", address


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=10, seconds=60 * 60)
@answers_form("/kyodo/password")
def request_password(email: str = "", form: str = ""):
	"""Mail a link to set a new password."""
	invitations.forgotten(email)
	return _("We have sent a mail to {0}. Please open the link in it.").format(email.strip()), "/kyodo/password"


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=30, seconds=60 * 60)
@answers_form(lambda key="", **_rest: f"/kyodo/password/{_path(key)}")
def set_password(key: str, password: str = "", password_again: str = "", form: str = ""):
	"""Set a new password by the link of a mail, and log in."""
	_check_same(password, password_again)
	joining.log_in_as(invitations.set_password(key, password))
	return _("Your new password is set."), "/kyodo/my"


# -- events: plain forms, the same answer whether or not an address is registered already -----------------------


def _event_page(event: str = "", **_rest) -> str:
	return f"/kyodo/events/{_path(event)}"


def _registration_page(key: str = "", **_rest) -> str:
	return f"/kyodo/registration/{_path(key)}"


@frappe.whitelist(allow_guest=True, methods=["GET"])
@limited(limit=60, seconds=60 * 60)
def event_calendar(event: str) -> Response:
	"""A public event as a calendar entry (iCalendar)."""
	if not learning_publication.event(event):
		frappe.throw(_("There is no such event."), frappe.DoesNotExistError)
	return _calendar(frappe.get_doc("Kyodo Event", event))


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=20, seconds=60 * 60)
@answers_form(_event_page)
def ask_for_place(event: str, attendee_name: str = "", email: str = "", organisation_name: str = "", form: str = ""):
	"""Mail the link that confirms a registration for an event."""
	event_registrations.ask(event, attendee_name, email, organisation_name)
	text = _("We have sent a mail to {0}. Your registration counts when you open the link in it and confirm.")
	return text.format(email.strip()), _event_page(event)


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=60, seconds=60 * 60)
@answers_form(_registration_page)
def confirm_place(key: str, form: str = ""):
	"""Confirm a registration by the link of a mail."""
	registration = event_registrations.confirm(key)
	placed = registration.state == event_registrations.PLACE
	text = _("You are registered. We look forward to seeing you.") if placed else _("You are on the waiting list. We mail you when there is a place.")
	return text, _registration_page(key)


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=60, seconds=60 * 60)
@answers_form(_registration_page)
def cancel_place(key: str, form: str = ""):
	"""Cancel a registration by the link of a mail."""
	event_registrations.cancel(key)
	return _("Your registration is cancelled."), _registration_page(key)


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=60, seconds=60 * 60)
@answers_form(_registration_page)
def answer_questions(key: str, form: str = "", **given: str):
	"""Answer the questionnaire of an event by the link of a mail: `answer-<row>` for each question."""
	rows = {name.removeprefix("answer-"): text for name, text in given.items() if name.startswith("answer-")}
	event_answers.answer(key, {int(row): text for row, text in rows.items() if row.isdecimal() and len(row) < 5})
	return _("Thank you for your answers."), _registration_page(key)


@frappe.whitelist(allow_guest=True, methods=["GET"])
@limited(limit=60, seconds=60 * 60)
def event_certificate(key: str) -> Response:
	"""The certificate of who holds the key of a mail's link, as a PDF file."""
	registration = _of_key(key)
	content = certificates.certificate_pdf(registration.name)
	return _file(content, "application/pdf", f"{registration.name}.pdf")


@frappe.whitelist(allow_guest=True, methods=["GET"])
@limited(limit=60, seconds=60 * 60)
def registration_calendar(key: str) -> Response:
	"""The event of who holds the key of a mail's link as a calendar entry, with the online address for who has a place."""
	registration = _of_key(key)
	event = frappe.get_doc("Kyodo Event", registration.event)
	return _calendar(event, with_place=registration.state == event_registrations.PLACE)


def _of_key(key: str):
	registration = event_registrations.by_key(key)
	if registration is None:
		frappe.throw(_("This link is no longer valid."), frappe.DoesNotExistError)
	return registration


def _calendar(event, with_place: bool = False) -> Response:
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


# -- comments on a revision -------------------------------------------------------------------------------------


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=20, seconds=60 * 60)
@answers_form(lambda page="", back="", **_rest: _guide_page(page, back))
def say_about_page(
	page: str, comment: str = "", commenter_name: str = "", email: str = "", part: str = "", back: str = "", form: str = ""
):
	"""Keep a comment on the revision of a page; `back`: “my” for the page in the portal."""
	page_comments.say(page, comment, commenter_name, email, part)
	return _("Thank you. Your comment has been received."), _guide_page(page, back)


def _guide_page(page: str, back: str) -> str:
	return f"/kyodo/{'my/' if back == 'my' else ''}guide/{_path(page)}"


def _check_same(password: str, password_again: str):
	if password != password_again:
		frappe.throw(_("The two passwords differ. Please type the same one twice."))


def _path(key: str) -> str:
	return quote(key, safe="")


# -- in the place of Frappe's, which tell whether there is such a login (hooks.py: override_whitelisted_methods) --


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=30, seconds=60 * 60)
def reset_password(user: str) -> None:
	"""Frappe's mail for a new password; the answer does not tell whether there is such a login."""
	from frappe.core.doctype.user.user import reset_password as frappes_own

	_without_telling(frappes_own, user)


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=30, seconds=60 * 60)
def send_login_link(email: str) -> None:
	"""Frappe's mail with a link that logs in; the answer does not tell whether there is such a login."""
	from frappe.www.login import send_login_link as frappes_own

	_without_telling(frappes_own, email)


def _without_telling(send, login: str):
	try:
		send(login)  # limited by Frappe: so many an hour
	except (frappe.DoesNotExistError, frappe.ValidationError) as error:
		if isinstance(error, frappe.RateLimitExceededError | frappe.TooManyRequestsError):
			raise
	frappe.clear_messages()
	for told in ("http_status_code", "exc_type"):
		frappe.local.response.pop(told, None)
	frappe.msgprint(_("If there is such a login, a mail is on its way to it."))
