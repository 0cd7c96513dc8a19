"""What a page asks about the login itself: whether it still holds, and its language."""

import frappe
from frappe import _
from frappe.sessions import get_csrf_token

from kyodo_frappe.web import forms
from kyodo_frappe.web.page import LANGUAGES


@frappe.whitelist(methods=["GET"])
def session_token() -> dict:
	"""Who is logged in, and the token that this session's writing requests need: {user, csrf_token}.

	A page whose session has expired asks for it after a new login. Readable from our own pages only.
	"""
	return {"user": frappe.session.user, "csrf_token": get_csrf_token()}


@frappe.whitelist(methods=["POST"])
def set_language(language: str, back: str = "") -> None:
	"""Choose the language of one's own pages."""
	if language not in LANGUAGES:
		frappe.throw(_("Please choose one of the answers."))
	frappe.db.set_value("User", frappe.session.user, "language", language)
	frappe.cache.hdel("lang", frappe.session.user)
	frappe.clear_document_cache("User", frappe.session.user)
	forms.go(forms.below_kyodo(back))


@frappe.whitelist(methods=["POST"])
def log_out() -> None:
	"""End the session and go back to the public page."""
	frappe.local.login_manager.logout()
	forms.go("/kyodo")
