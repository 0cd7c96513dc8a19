"""The second factor at the login: Frappe's own (System Settings, `frappe.twofactor`), asked for on a page of ours.

Where the site has it, a role can require it (`two_factor_auth` of the Role). Who wants it without having to takes the role
`Kyodo Second Factor`, which opens nothing else. The codes are made, sent and checked by Frappe; this module remembers for some
minutes who has given a password or opened a link, under a random key of which only the SHA-256 is kept.
"""

import hashlib
import secrets

import frappe
from frappe import _
from frappe.twofactor import ExpiredLoginException, authenticate_for_2factor, clear_default, confirm_otp_token, get_verification_method
from frappe.utils import cint
from frappe.utils.password import check_password

from kyodo_frappe.accounts.errors import LinkExpired, SecondFactorRefused
from kyodo_frappe.permissions.roles import SECOND_FACTOR
from kyodo_frappe.rules.width import plain_line

KEPT_SECONDS = 5 * 60
TRIES = 5


def begin(user: str, to: str) -> str:
	"""Have Frappe send or expect a code, and return the address of the page that asks for it. `to`: the page to open then."""
	sent = frappe.form_dict.get("pwd")
	frappe.form_dict.pwd = ""  # Frappe would keep the password until the code arrives; our page needs none
	try:
		authenticate_for_2factor(user)
	finally:
		frappe.form_dict.pwd = sent
	asked = frappe.local.response.pop("verification", None) or {}
	key = secrets.token_hex(20)
	state = {"user": user, "to": to, "tmp_id": frappe.local.response.pop("tmp_id"), "prompt": _prompt(asked)}
	frappe.cache.set_value(_key(key), state, expires_in_sec=KEPT_SECONDS)
	return f"/kyodo/login/code?key={key}"


def asked(key: str) -> dict | None:
	"""Return {user, to, prompt, …} of a login that waits for its code, or None."""
	return frappe.cache.get_value(_key(key), expires=True) if key else None


def confirm(key: str, code: str) -> tuple[str, str]:
	"""Check a code; returns (user, the page to open). Raises LinkExpired after some minutes, SecondFactorRefused for a wrong code."""
	state = asked(key)
	if state is None or not frappe.db.get_value("User", state["user"], "enabled"):
		frappe.throw(_("This took too long. Please log in again."), LinkExpired)
	manager, before = frappe.local.login_manager, frappe.local.login_manager.user
	manager.user = state["user"]
	try:
		confirm_otp_token(manager, otp=plain_line(code).replace(" ", "") or "-", tmp_id=state["tmp_id"])
	except ExpiredLoginException:
		frappe.throw(_("This took too long. Please log in again."), LinkExpired)
	except (frappe.AuthenticationError, frappe.SecurityException):
		frappe.clear_messages()
		frappe.throw(_("This code is not right. Please type the latest one, or log in again later."), SecondFactorRefused)
	finally:
		manager.user = before
	frappe.cache.delete_value(_key(key))
	return state["user"], state["to"]


def _prompt(asked: dict) -> str:
	"""What the page says about where the code is."""
	if get_verification_method() == "SMS":
		return _("We have sent a code to your mobile phone.")
	if asked.get("method") == "OTP App":
		return _("Please open your authenticator app and type the code that it shows for this site.")
	if get_verification_method() == "OTP App":
		return _(
			"We have sent you a mail with a link. It shows a picture for your authenticator app; then type the code that the app shows."
		)
	return _("We have sent a code to your mail address.")


def _key(key: str) -> str:
	return f"kyodo-login-code:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()}"


# -- taking and leaving it --------------------------------------------------------------------


def standing(user: str) -> str:
	"""Return whether a user has a second factor: unavailable (the site has none), required (by a role), taken or free."""
	if not cint(frappe.get_system_settings("enable_two_factor_auth")):
		return "unavailable"
	roles = set(frappe.get_roles(user)) | {"All"}
	requiring = set(frappe.get_all("Role", {"two_factor_auth": 1, "name": ["in", sorted(roles)]}, pluck="name", order_by="name"))
	if requiring - {SECOND_FACTOR}:
		return "required"
	return "taken" if SECOND_FACTOR in requiring else "free"


def take():
	"""Switch the second factor on for the current user, from the next login on. Raises SecondFactorRefused if that is not possible."""
	user = frappe.session.user
	if standing(user) != "free":
		frappe.throw(_("A second factor cannot be chosen here now."), SecondFactorRefused)
	if get_verification_method() == "SMS" and not frappe.db.get_value("User", user, "mobile_no"):
		frappe.throw(_("The code comes by SMS, but we do not know your mobile number. Please tell the office."), SecondFactorRefused)
	role = {"doctype": "Has Role", "parenttype": "User", "parentfield": "roles", "parent": user, "role": SECOND_FACTOR}
	frappe.get_doc(role).insert(ignore_permissions=True)  # their own login, and a role that opens nothing
	frappe.clear_cache(user=user)


def leave(password: str):
	"""Switch the second factor off for the current user. Raises SecondFactorRefused without the right password."""
	user = frappe.session.user
	try:
		check_password(user, password or "")
	except frappe.AuthenticationError:
		frappe.clear_messages()
		frappe.throw(_("This is not your password. Nothing was changed."), SecondFactorRefused)
	frappe.db.delete("Has Role", {"parenttype": "User", "parent": user, "role": SECOND_FACTOR})
	for kept in ("_otplogin", "_otpsecret"):
		clear_default(user + kept)
	frappe.clear_cache(user=user)
