"""Actions on the user's own session: its token, its language, logging out."""

import frappe
from frappe import _
from frappe.sessions import get_csrf_token

from kyodo_frappe.common.errors import InvalidChoice
from kyodo_frappe.web import forms
from kyodo_frappe.web.page import LANGUAGES


@frappe.whitelist(methods=["GET"])
def session_token() -> dict:
	"""Return {user, csrf_token} of the current session.

	A page whose session has expired calls this after a new login. Browsers let only our own pages read the response.
	"""
	return {"user": frappe.session.user, "csrf_token": get_csrf_token()}


@frappe.whitelist(methods=["POST"])
def set_language(language: str, back: str = "") -> None:
	"""Set the language of the user's pages. Raises ValidationError for a language that we do not offer."""
	if language not in LANGUAGES:
		frappe.throw(_("Please choose one of the answers."), InvalidChoice)
	frappe.db.set_value("User", frappe.session.user, "language", language)
	frappe.cache.hdel("lang", frappe.session.user)
	frappe.clear_document_cache("User", frappe.session.user)
	forms.redirect(forms.safe_address(back))


@frappe.whitelist(methods=["POST"])
def log_out() -> None:
	"""Log out and redirect to the front page."""
	frappe.local.login_manager.logout()
	forms.redirect("/kyodo")
