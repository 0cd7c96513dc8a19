"""What may be called without a login. Nothing else in the app may."""

from urllib.parse import quote

import frappe
from frappe import _
from frappe.rate_limiter import rate_limit
from werkzeug.wrappers import Response

from kyodo_frappe.portal import data, joining
from kyodo_frappe.portal.forms import answers_form
from kyodo_frappe.services import invitations


@frappe.whitelist(allow_guest=True, methods=["GET"])
@rate_limit(limit=60, seconds=60 * 60)
def download(kind: str, file_format: str = "csv") -> Response:
	"""A file with every published record of a kind: proposals, projects, organisations or meetings; csv or json."""
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
@answers_form("/kyodo/join")
@rate_limit(limit=10, seconds=60 * 60)
def request_sign_up(email: str = "", full_name: str = "", form: str = ""):
	"""Mail a link to sign up."""
	invitations.sign_up(email, full_name)
	return _("We have sent a mail to {0}. Please open the link in it.").format(email.strip()), "/kyodo/join"


@frappe.whitelist(allow_guest=True, methods=["POST"])
@answers_form(lambda key="", **_rest: f"/kyodo/join/{_path(key)}")
@rate_limit(limit=30, seconds=60 * 60)
def sign_up(key: str, full_name: str = "", password: str = "", password_again: str = "", form: str = ""):
	"""Make a login by the link of a mail, do what the link says, and log in."""
	_check_same(password, password_again)
	joining.log_in_as(invitations.accept_as_new(key, full_name, password))
	return _("Welcome. Your login is ready."), "/kyodo/my"


@frappe.whitelist(allow_guest=True, methods=["POST"])
@answers_form(lambda to="", **_rest: f"/kyodo/login?to={quote(joining.below_kyodo(to))}")
@rate_limit(limit=30, seconds=10 * 60)
def log_in(email: str = "", password: str = "", to: str = "", form: str = ""):
	"""Log in with mail address and password; `to`: the page to go to, below /kyodo only."""
	address = joining.below_kyodo(to)
	if not joining.log_in(email, password):
		return "", f"/login?redirect-to={quote(address)}"
	return "", address


@frappe.whitelist(allow_guest=True, methods=["POST"])
@answers_form("/kyodo/password")
@rate_limit(limit=10, seconds=60 * 60)
def request_password(email: str = "", form: str = ""):
	"""Mail a link to set a new password."""
	invitations.forgotten(email)
	return _("We have sent a mail to {0}. Please open the link in it.").format(email.strip()), "/kyodo/password"


@frappe.whitelist(allow_guest=True, methods=["POST"])
@answers_form(lambda key="", **_rest: f"/kyodo/password/{_path(key)}")
@rate_limit(limit=30, seconds=60 * 60)
def set_password(key: str, password: str = "", password_again: str = "", form: str = ""):
	"""Set a new password by the link of a mail, and log in."""
	_check_same(password, password_again)
	joining.log_in_as(invitations.set_password(key, password))
	return _("Your new password is set."), "/kyodo/my"


def _check_same(password: str, password_again: str):
	if password != password_again:
		frappe.throw(_("The two passwords differ. Please type the same one twice."))


def _path(key: str) -> str:
	return quote(key, safe="")
