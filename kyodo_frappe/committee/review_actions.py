"""Endpoints of the review pages in the portal. Each one answers a plain form with a redirect (web/forms.py)."""

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
	"""Save a member's marks. `then`: save, next (and open the next proposal), submit, submit-next."""
	doc = _keep_marks(name, comment, given, waits=then.startswith("submit"))
	address = f"/kyodo/my/reviews/{name}"
	text = _("Saved at {0}.").format(current_time())
	if then.startswith("submit"):
		frappe.db.savepoint(forms.SAVEPOINT)
		reviews.submit_review(name, {row.criterion: row.mark for row in doc.marks}, doc.comment or "")
		text = _("Your marks have been submitted.")
	if then.endswith("next"):
		following = review_pages.next_review(doc)
		address = f"/kyodo/my/reviews/{following}" if following else f"/kyodo/my/meetings/{doc.meeting}"
		if not following and then == "submit-next":
			text = _("Your marks have been submitted. There is nothing left to review for this meeting. Thank you.")
	return text, address


@frappe.whitelist(methods=["POST"])
def autosave_review(name: str, comment: str = "", writer: str = "", **given: str) -> dict:
	"""Save marks while they are being entered. Returns {at, modified}. Raises PermissionError, ValidationError."""
	check_writer(writer)
	doc = _keep_marks(name, comment, given)
	return {"at": current_time(), "modified": str(doc.modified)}


def _keep_marks(name: str, comment: str, given: dict, waits: bool = False) -> Document:
	if waits:
		reviews.lock_marking(readable("Kyodo Review", name).meeting)
	doc = writable("Kyodo Review", name)
	codes = [row.criterion for row in doc.marks]
	marks = {code: given[f"mark-{code}"].strip() for code in codes if f"mark-{code}" in given}
	comments = {code: given[f"comment-{code}"].strip() or None for code in codes if f"comment-{code}" in given}
	reviews.apply_marks(doc, marks, comment.strip() or None, comments)
	doc.save()
	return doc


@frappe.whitelist(methods=["POST"])
@answers_form(_review_page)
def declare_interest(name: str, reason: str = "", form: str = ""):
	"""Declare a conflict of interest in a proposal and step aside for it."""
	readable("Kyodo Review", name)
	reviews.declare_interest(name, reason)
	return _("You have stepped aside for this proposal. Thank you for telling us."), f"/kyodo/my/reviews/{name}"
