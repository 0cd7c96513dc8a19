"""Public comments on the revision of a page (意見募集), each answered by the city and published without a name."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.accounts.invitations import clean_email
from kyodo_frappe.learning import guides
from kyodo_frappe.learning.errors import CommentRefused
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.people import organisations_of
from kyodo_frappe.workflows.guard import by_service

COMMENT = guides.COMMENT
MAX_LENGTH = 5000


def submit_comment(page: str, comment: str, commenter_name: str, email: str = "", part: str = ""):
	"""Store a comment on a proposed text.

	Raises CommentRefused where no comments are invited (or the page does not exist), without a comment or name, and for a
	comment that is too long; ValidationError for an invalid mail address.
	"""
	doc = frappe.get_doc(guides.PAGE, page) if frappe.db.exists(guides.PAGE, page) else None
	if doc is None or not may_comment(doc):
		frappe.throw(_("No comments are invited on this page at the moment."), exc=CommentRefused)
	comment, name = (comment or "").strip(), " ".join((commenter_name or "").split())
	_check_comment(comment, name)
	record = frappe.get_doc(
		{
			"doctype": COMMENT,
			"page": doc.name,
			"version_number": doc.version_number,
			"received_on": now_datetime(),
			"part": (part or "").strip()[:140] or None,
			"comment": comment,
			"commenter_name": name[:140],
			"email": clean_email(email) if (email or "").strip() else None,
			**_commenter(),
		}
	)
	with by_service(record):
		record.insert(ignore_permissions=True)  # guests may comment; that comments are invited has been checked


def _check_comment(comment: str, name: str):
	if not comment:
		frappe.throw(_("Please write your comment."), exc=CommentRefused)
	if len(comment) > MAX_LENGTH:
		message = _("“{0}” is too long: at most {1} characters.").format(_("Comment"), f"{MAX_LENGTH:,}")
		frappe.throw(message, exc=CommentRefused)
	if not name:
		frappe.throw(_("Please give your name."), exc=CommentRefused)


def _commenter() -> dict:
	user = frappe.session.user
	if user == "Guest":
		return {}
	return {"user": user, "organisation": next(iter(organisations_of(user)), None)}


def may_comment(page: Document) -> bool:
	"""Return whether the current user may comment on a page today."""
	if not guides.invites_comments(page) or programme_visibility.is_draft(page.programme):
		return False
	return page.audience == "Everybody" or page.has_permission("read")


def published_comments(page: str) -> list[dict]:
	"""Return published comments with their answers, without names, the last revision first."""
	return frappe.get_all(
		COMMENT,
		{"page": page, "published": 1},
		["version_number", "part", "comment", "answer", "effect"],
		order_by="version_number desc, received_on asc",
		limit=500,
	)
