"""Pages and session of users who are not logged in: sign-up, invitations, login, forgotten password.

What a guest reads never depends on whether an address has a login (accounts/invitations.py).
"""

from urllib.parse import quote

import frappe
from frappe import _
from frappe.twofactor import should_run_2fa
from frappe.utils.password import passlibctx

from kyodo_frappe.accounts import invitations, second_factor
from kyodo_frappe.accounts.errors import LoginFailed
from kyodo_frappe.rules.width import plain_line
from kyodo_frappe.web import desk, forms
from kyodo_frappe.web.page import Page

# -- pages ------------------------------------------------------------------------


def join() -> dict:
	"""Context of the sign-up page."""
	return _page(_("Sign up"), "join")


def join_with_key(name: str) -> dict:
	"""Context of the page that the link of a mail opens; `step` as in `_step`."""
	invitation = invitations.find(name)
	page = _page(_("Sign up"), f"join:{name}")
	page |= {"key": name, "step": _step(invitation), "email": "", "organisation_name": "", "role": "", "inviter": ""}
	if invitation is None or invitation.purpose not in (invitations.SIGN_UP, invitations.JOIN):
		return {**page, "step": "gone"}
	page["values"] = {"full_name": invitation.full_name or "", **page["values"]}
	page["email"] = invitation.email
	if invitation.organisation:
		page["title"] = _("Invitation to an organisation")
		page["organisation_name"] = frappe.db.get_value("Kyodo Organisation", invitation.organisation, "organisation_name")
		page["role"] = invitation.member_role
		page["inviter"] = frappe.utils.get_fullname(invitation.invited_by)
	return page


def _step(invitation) -> str:
	"""gone: no invitation; new: create a login; login: log in first; accept: for the current user; other: for another address."""
	if invitation is None:
		return "gone"
	user = frappe.session.user
	if user == "Guest":
		return "login" if invitations.has_login(invitation) else "new"
	return "accept" if invitations.is_for(invitation, user) else "other"


def login() -> dict:
	"""Context of the login page."""
	return {**_page(_("Log in"), "login"), "to": _asked_address(), "by_link": invitations.offers_login_link()}


def login_link() -> dict:
	"""Context of the page that asks where to mail a link to log in. Raises PageDoesNotExistError where the site offers none."""
	if not invitations.offers_login_link():
		raise frappe.PageDoesNotExistError
	page = _page(_("Log in by mail"), "login-link")
	return {**page, "to": _asked_address(), "minutes": invitations.login_link_minutes()}


def login_with_key(name: str) -> dict:
	"""Context of the page that the link of a mail opens: a button logs in, so that no programme that reads mails uses it up."""
	invitation = invitations.find(name)
	good = invitation is not None and invitation.purpose == invitations.LOG_IN
	page = _page(_("Log in by mail"), f"login:{name}")
	return {**page, "key": name, "email": invitation.email if good else "", "to": _asked_address(), "step": "new" if good else "gone"}


def login_code() -> dict:
	"""Context of the page that asks for the code of the second factor."""
	key = str(frappe.form_dict.get("key") or "")
	state = second_factor.asked(key)
	return {**_page(_("Second factor"), "login-code"), "key": key, "prompt": state["prompt"] if state else ""}


def own_login() -> dict:
	"""Context of the page of one's own login: its second factor and password."""
	user = frappe.session.user
	return {**_page(_("My login"), "own-login"), "email": user, "standing": second_factor.standing(user)}


def _asked_address() -> str:
	return forms.safe_address(frappe.form_dict.get("to"))


def password() -> dict:
	"""Context of the page for a forgotten password."""
	return _page(_("Forgotten password"), "password")


def password_with_key(name: str) -> dict:
	"""Context of the page that sets a new password."""
	invitation = invitations.find(name)
	good = invitation is not None and invitation.purpose in invitations.SETS_PASSWORD
	return {**_page(_("New password"), f"password:{name}"), "key": name, "step": "new" if good else "gone"}


def _page(title: str, form: str) -> dict:
	# also for guests: nobody else knows the token of the message
	return {"title": title, "form": form, "values": forms.refused_input(form), "notice": forms.current_notice()}


# -- session ------------------------------------------------------------------------


def log_in(email: str, pwd: str, to: str) -> str:
	"""Start a session, or have the second factor asked for; returns the address to open then.

	Where the site requires more (no passwords at all, a new one), Frappe's own login page takes over.
	Raises ValidationError with the same sentence for an unknown login, a wrong password, and a locked or restricted one.
	"""
	if frappe.get_system_settings("disable_user_pass_login"):
		return _frappes_login(to)
	manager = frappe.local.login_manager
	email = plain_line(email)
	try:
		if not frappe.db.exists("User", email.lower()):
			passlibctx.dummy_verify()  # an unknown address takes as long as a wrong password
		manager.authenticate(user=email, pwd=pwd)
		if manager.force_user_to_reset_password():
			manager.user = frappe.session.user
			return _frappes_login(to)
		if should_run_2fa(manager.user):
			user, manager.user = manager.user, frappe.session.user
			return second_factor.begin(user, to)
		manager.post_login()
		manager.run_trigger("on_session_creation")
	except (frappe.AuthenticationError, frappe.SecurityException):
		frappe.clear_messages()
		frappe.throw(_("Login was not possible. Please check the mail address and the password, or try again later."), LoginFailed)
	return _destination(to)


def log_in_as(user: str, to: str = forms.HOME, proved: bool = False) -> str:
	"""Start a session of a user who has proved access to the mailbox; returns the address to open then.

	`proved`: the second factor, too, which is asked for otherwise.
	"""
	if not proved and should_run_2fa(user):
		return second_factor.begin(user, to)
	frappe.local.login_manager.login_as(user)
	frappe.local.login_manager.run_trigger("on_session_creation")
	return _destination(to)


def _destination(to: str) -> str:
	"""The page that was asked for; people of the city who asked for none go to the desk."""
	return desk.address() if to == forms.HOME and desk.works_there() else to


def _frappes_login(to: str) -> str:
	return f"/login?redirect-to={quote(to)}"


PAGES = (
	Page("join", "accounts/join", join),
	Page("join/<name>", "accounts/join_key", join_with_key),
	Page("login", "accounts/login", login),
	Page("login/link", "accounts/login_link", login_link),
	Page("login/code", "accounts/login_code", login_code),
	Page("login/<name>", "accounts/login_key", login_with_key),
	Page("my/login", "accounts/own_login", own_login),
	Page("password", "accounts/login_password", password),
	Page("password/<name>", "accounts/login_password_key", password_with_key),
)
