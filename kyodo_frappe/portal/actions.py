"""What a login sends from the portal's pages. Plain forms: each endpoint answers with a redirect (portal/forms.py).

Every function asks for the right to its record first, writes only the fields of portal/fields.py, and moves a
record only by its workflow.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.portal import forms, my_reviews
from kyodo_frappe.portal.forms import answers_form
from kyodo_frappe.portal.records import check_writer, clock_now, readable, writable
from kyodo_frappe.portal.running_actions import save_report  # noqa: F401 the address under which it was before
from kyodo_frappe.services import agreements, reviews
from kyodo_frappe.workflows.guard import move


# -- reviews -------------------------------------------------------------------------


def _review_page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/reviews/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_review_page)
def save_review(name: str, then: str = "save", comment: str = "", form: str = "", **given: str):
	"""Keep a member's marks, or hand them in. `then`: save, next (save, and on to the next proposal), submit,
	submit-next (hand in, and on)."""
	doc = _keep_marks(name, comment, given, waits=then.startswith("submit"))
	address = f"/kyodo/my/reviews/{name}"
	text = _("Saved at {0}.").format(clock_now())
	if then.startswith("submit"):
		frappe.db.savepoint(forms.SAVEPOINT)
		reviews.submit_review(name, {row.criterion: row.mark for row in doc.marks}, doc.comment or "")
		text = _("Your marks are handed in.")
	if then.endswith("next"):
		following = my_reviews.next_sheet(doc)
		address = f"/kyodo/my/reviews/{following}" if following else f"/kyodo/my/meetings/{doc.meeting}"
		if not following and then == "submit-next":
			text = _("Your marks are handed in. Nothing is left to mark in this meeting. Thank you.")
	return text, address


@frappe.whitelist(methods=["POST"])
def autosave_review(name: str, comment: str = "", writer: str = "", **given: str) -> dict:
	"""Keep a member's marks while they are being made; answers {at, modified}. Raises PermissionError, ValidationError."""
	check_writer(writer)
	doc = _keep_marks(name, comment, given)
	return {"at": clock_now(), "modified": str(doc.modified)}


def _keep_marks(name: str, comment: str, given: dict, waits: bool = False) -> Document:
	if waits:
		reviews.take_turn(readable("Kyodo Review", name).meeting)
	doc = writable("Kyodo Review", name)
	codes = [row.criterion for row in doc.marks]
	marks = {code: given[f"mark-{code}"].strip() for code in codes if f"mark-{code}" in given}
	comments = {code: given[f"comment-{code}"].strip() or None for code in codes if f"comment-{code}" in given}
	reviews.put(doc, marks, comment.strip() or None, comments)
	doc.save()
	return doc


@frappe.whitelist(methods=["POST"])
@answers_form(_review_page)
def declare_interest(name: str, reason: str = "", form: str = ""):
	"""Step aside for a proposal."""
	readable("Kyodo Review", name)
	reviews.declare_interest(name, reason)
	return _("You step aside for this proposal. Thank you for saying so."), f"/kyodo/my/reviews/{name}"


# -- agreements ----------------------------------------------------------------------


def _agreement_page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/agreements/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_agreement_page)
def confirm_agreement(name: str, content_hash: str = "", position: str = "", agreed: str = "", form: str = ""):
	"""Confirm the text that was read."""
	readable("Kyodo Agreement", name)
	if not agreed:
		frappe.throw(_("Please tick that you have read the text and agree to it."))
	result = agreements.confirm(name, content_hash, position.strip()[:140] or None)
	if result["waiting"]:
		message = _("Your confirmation is recorded. Still waiting for: {0}.").format(_(", ").join(result["waiting"]))
	else:
		message = _("Both sides have confirmed the same text: the agreement is concluded.")
	return message, f"/kyodo/my/agreements/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_agreement_page)
def move_agreement(name: str, action: str):
	"""Offer the text to all parties, or take it back to work on it."""
	doc = writable("Kyodo Agreement", name)
	if action not in ("Offer", "Reopen"):
		frappe.throw(_("This is not possible."))
	move(doc, action)
	done = {
		"Offer": _("The text is fixed and offered to all parties for confirmation."),
		"Reopen": _("The text is open again; confirmations so far are void."),
	}
	return done[action], f"/kyodo/my/agreements/{name}"


# -- session -------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def log_out() -> None:
	"""End the session and go back to the public page."""
	frappe.local.login_manager.logout()
	forms.go("/kyodo")
