"""Pages and session of people who are not logged in yet: signing up, accepting an invitation, login, forgotten password.

What a guest is told never depends on whether an address has a login (accounts/invitations.py).
"""

import frappe
from frappe import _
from frappe.twofactor import should_run_2fa
from frappe.utils.password import passlibctx

from kyodo_frappe.accounts import invitations
from kyodo_frappe.web import forms
from kyodo_frappe.web.page import Page

# -- pages ------------------------------------------------------------------------


def join() -> dict:
	return _page(_("Sign up"), "join")


def join_with_key(name: str) -> dict:
	"""What a link of a mail opens: `step` says which of the five cases it is."""
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
	"""gone; new: make a login; login: there is one, log in first; accept: it is the reader's; other: it is not."""
	if invitation is None:
		return "gone"
	user = frappe.session.user
	if user == "Guest":
		return "login" if invitations.has_login(invitation) else "new"
	return "accept" if invitations.is_for(invitation, user) else "other"


def login() -> dict:
	return {**_page(_("Log in"), "login"), "to": forms.safe_address(frappe.form_dict.get("to"))}


def password() -> dict:
	return _page(_("Forgotten password"), "password")


def password_with_key(name: str) -> dict:
	invitation = invitations.find(name)
	good = invitation is not None and invitation.purpose in invitations.SETS_PASSWORD
	return {**_page(_("New password"), f"password:{name}"), "key": name, "step": "new" if good else "gone"}


def _page(title: str, form: str) -> dict:
	# the message of a guest, too: its token is known to nobody else
	return {"title": title, "form": form, "values": forms.refused_input(form), "notice": forms.current_notice()}


# -- session ------------------------------------------------------------------------


def log_in(email: str, pwd: str) -> bool:
	"""Begin a session. False where the site asks for more than a password: Frappe's own login page does that.

	Raises ValidationError with the same sentence whatever was wrong: no such login, password, locked, hours, network.
	"""
	if frappe.get_system_settings("disable_user_pass_login"):
		return False
	manager = frappe.local.login_manager
	email = email.strip()
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
	"""Begin a session for who has just shown, by a link, that the login's mailbox is theirs; with the site's second
	factor where it asks for one. Raises nothing: whoever cannot be logged in goes to the login page."""
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
