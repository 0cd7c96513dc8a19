"""Endpoints of signing up and logging in, which guests may call. Each answers with a redirect (web/forms.py).

The answer never depends on whether an address has a login.
"""

from urllib.parse import quote

import frappe
from frappe import _

from kyodo_frappe.accounts import invitations, second_factor
from kyodo_frappe.accounts import pages as account_pages
from kyodo_frappe.accounts.errors import WeakPassword
from kyodo_frappe.web import forms
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.rate_limit import limited, login_attempts, reset


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=10, seconds=60 * 60)
@answers_form("/kyodo/join")
def request_sign_up(email: str = "", full_name: str = "", form: str = ""):
	"""Mail a link to sign up. Raises as `invitations.sign_up`."""
	invitations.sign_up(email, full_name)
	return _("We have sent a mail to {0}. Please open the link in it.").format(email.strip()), "/kyodo/join"


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=30, seconds=60 * 60)
@answers_form(lambda key="", **_rest: f"/kyodo/join/{_path(key)}")
def sign_up(key: str, full_name: str = "", password: str = "", password_again: str = "", form: str = ""):
	"""Create a login by the link of a mail, apply the link, and log in. Raises as `invitations.accept_as_new`."""
	_check_same(password, password_again)
	return _("Welcome. Your login is ready."), account_pages.log_in_as(invitations.accept_as_new(key, full_name, password))


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=60, seconds=10 * 60, about="email", most=login_attempts)
@answers_form(lambda to="", **_rest: f"/kyodo/login?to={quote(forms.safe_address(to))}")
def log_in(email: str = "", password: str = "", to: str = "", form: str = ""):
	"""Log in with mail address and password. to: the page to open then, below /kyodo only."""
	address = account_pages.log_in(email, password, forms.safe_address(to))
	if frappe.session.user != "Guest":
		reset("log_in", "email", email)
	return "", address


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=10, seconds=60 * 60)
@answers_form("/kyodo/login/link")
def request_login_link(email: str = "", to: str = "", form: str = ""):
	"""Mail a link to log in. Raises as `invitations.request_login_link`."""
	invitations.request_login_link(email, forms.safe_address(to) if to else "")
	return _("We have sent a mail to {0}. Please open the link in it.").format(email.strip()), "/kyodo/login/link"


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=30, seconds=60 * 60)
@answers_form(lambda key="", **_rest: f"/kyodo/login/{_path(key)}")
def log_in_by_link(key: str, to: str = "", form: str = ""):
	"""Log in by the link of a mail, which works once. Raises as `invitations.use_login_link`."""
	return "", account_pages.log_in_as(invitations.use_login_link(key), forms.safe_address(to))


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=30, seconds=10 * 60, about="key", most=lambda: second_factor.TRIES)
@answers_form(lambda key="", **_rest: f"/kyodo/login/code?key={_path(key)}")
def confirm_code(key: str, code: str = "", form: str = ""):
	"""Log in with the code of the second factor. Raises as `second_factor.confirm`."""
	user, to = second_factor.confirm(key, code)
	return "", account_pages.log_in_as(user, to, proved=True)


@frappe.whitelist(methods=["POST"])
@answers_form("/kyodo/my/login")
def take_second_factor():
	"""Switch the second factor on for the current user. Raises as `second_factor.take`."""
	second_factor.take()
	return _("From your next login on, we ask you for a second factor, too."), "/kyodo/my/login"


@frappe.whitelist(methods=["POST"])
@limited(limit=10, seconds=10 * 60)
@answers_form("/kyodo/my/login")
def leave_second_factor(password: str = "", form: str = ""):
	"""Switch the second factor off for the current user. Raises as `second_factor.leave`."""
	second_factor.leave(password)
	return _("From your next login on, your password is enough."), "/kyodo/my/login"


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=10, seconds=60 * 60)
@answers_form("/kyodo/password")
def request_password(email: str = "", form: str = ""):
	"""Mail a link to set a new password."""
	invitations.request_new_password(email)
	return _("We have sent a mail to {0}. Please open the link in it.").format(email.strip()), "/kyodo/password"


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=30, seconds=60 * 60)
@answers_form(lambda key="", **_rest: f"/kyodo/password/{_path(key)}")
def set_password(key: str, password: str = "", password_again: str = "", form: str = ""):
	"""Set a new password by the link of a mail, and log in. Raises as `invitations.set_password`."""
	_check_same(password, password_again)
	return _("Your new password is set."), account_pages.log_in_as(invitations.set_password(key, password))


def _check_same(password: str, password_again: str):
	if password != password_again:
		frappe.throw(_("The two passwords differ. Please type the same one twice."), WeakPassword)


def _path(key: str) -> str:
	return quote(key, safe="")


# -- overrides of Frappe's endpoints, which reveal whether a login exists (hooks.py: override_whitelisted_methods) --


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=30, seconds=60 * 60)
def reset_password(user: str) -> None:
	"""Send Frappe's mail for a new password without revealing whether the login exists."""
	from frappe.core.doctype.user.user import reset_password as frappes_own  # has the name of ours

	_without_revealing(frappes_own, user)


@frappe.whitelist(allow_guest=True, methods=["POST"])
@limited(limit=30, seconds=60 * 60)
def send_login_link(email: str) -> None:
	"""Send our mail with a login link without revealing whether the login exists: Frappe's own link asks for no second factor."""
	_without_revealing(invitations.request_login_link, email)


def _without_revealing(send, login: str):
	try:
		send(login)  # limited by Frappe
	except (frappe.DoesNotExistError, frappe.ValidationError) as error:
		if isinstance(error, frappe.RateLimitExceededError | frappe.TooManyRequestsError):
			raise
	frappe.clear_messages()
	for key in ("http_status_code", "exc_type"):
		frappe.local.response.pop(key, None)
	frappe.msgprint(_("If this login exists, a mail is on its way to it."))
