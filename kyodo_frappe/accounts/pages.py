"""Pages and session of users who are not logged in: sign-up, invitations, login, forgotten password.

What a guest reads never depends on whether an address has a login (accounts/invitations.py).
"""

import frappe
from frappe import _
from frappe.twofactor import should_run_2fa
from frappe.utils.password import passlibctx

from kyodo_frappe.accounts import invitations
from kyodo_frappe.rules.width import plain_line
from kyodo_frappe.web import forms
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
	if invitation is None or invitation.purpose in invitations.SETS_PASSWORD:
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
	return {**_page(_("Log in"), "login"), "to": forms.safe_address(frappe.form_dict.get("to"))}


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


def log_in(email: str, pwd: str) -> bool:
	"""Start a session. False where the site requires more than a password; then Frappe's login page takes over.

	Raises ValidationError with the same sentence for an unknown login, a wrong password, and a locked or restricted one.
	"""
	if frappe.get_system_settings("disable_user_pass_login"):
		return False
	manager = frappe.local.login_manager
	email = plain_line(email)
	try:
		if not frappe.db.exists("User", email.lower()):
			passlibctx.dummy_verify()  # an unknown address takes as long as a wrong password
		manager.authenticate(user=email, pwd=pwd)
		if should_run_2fa(manager.user) or manager.force_user_to_reset_password():
			manager.user = frappe.session.user
			return False
		manager.post_login()
		manager.run_trigger("on_session_creation")
	except (frappe.AuthenticationError, frappe.SecurityException):
		frappe.clear_messages()
		frappe.throw(_("Login was not possible. Please check the mail address and the password, or try again later."))
	return True


def log_in_as(user: str):
	"""Start a session of a user who has proved access to the mailbox; where that is not possible, the user goes to the login page."""
	if should_run_2fa(user):
		return
	frappe.local.login_manager.login_as(user)
	frappe.local.login_manager.run_trigger("on_session_creation")


PAGES = (
	Page("join", "accounts/join", join),
	Page("join/<name>", "accounts/join_key", join_with_key),
	Page("login", "accounts/login", login),
	Page("password", "accounts/login_password", password),
	Page("password/<name>", "accounts/login_password_key", password_with_key),
)
