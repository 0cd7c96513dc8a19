"""What a member of the committee sends from their marking sheets. Plain forms: each endpoint answers with a redirect
(web/forms.py)."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.committee import review_pages, reviews
from kyodo_frappe.web import forms
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.records import check_writer, current_time, readable, writable


def _review_page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/reviews/{name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_review_page)
def save_review(name: str, then: str = "save", comment: str = "", form: str = "", **given: str):
	"""Keep a member's marks, or hand them in. `then`: save, next (save, and on to the next proposal), submit,
	submit-next (hand in, and on)."""
	doc = _keep_marks(name, comment, given, waits=then.startswith("submit"))
	address = f"/kyodo/my/reviews/{name}"
	text = _("Saved at {0}.").format(current_time())
	if then.startswith("submit"):
		frappe.db.savepoint(forms.SAVEPOINT)
		reviews.submit_review(name, {row.criterion: row.mark for row in doc.marks}, doc.comment or "")
		text = _("Your marks are handed in.")
	if then.endswith("next"):
		following = review_pages.next_sheet(doc)
		address = f"/kyodo/my/reviews/{following}" if following else f"/kyodo/my/meetings/{doc.meeting}"
		if not following and then == "submit-next":
			text = _("Your marks are handed in. Nothing is left to mark in this meeting. Thank you.")
	return text, address


@frappe.whitelist(methods=["POST"])
def autosave_review(name: str, comment: str = "", writer: str = "", **given: str) -> dict:
	"""Keep a member's marks while they are being made; answers {at, modified}. Raises PermissionError, ValidationError."""
	check_writer(writer)
	doc = _keep_marks(name, comment, given)
	return {"at": current_time(), "modified": str(doc.modified)}


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
