"""Comments on the revision of a page (意見募集): from anybody, answered one by one, published without names."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.accounts.invitations import clean_email
from kyodo_frappe.learning import guides
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.people import organisations_of
from kyodo_frappe.workflows.guard import by_service

COMMENT = guides.COMMENT
LONGEST = 5000


def say(page: str, comment: str, commenter_name: str, email: str = "", part: str = ""):
	"""Keep what somebody says about a proposed text.

	Raises ValidationError: no comments are invited there (the same for a page that is not there), nothing said, too
	long, no name, no mail address where one is given.
	"""
	doc = frappe.get_doc(guides.PAGE, page) if frappe.db.exists(guides.PAGE, page) else None
	if doc is None or not may_comment(doc):
		frappe.throw(_("No comments are invited on this page at the moment."))
	comment, name = (comment or "").strip(), " ".join((commenter_name or "").split())
	_check_said(comment, name)
	said = frappe.get_doc(
		{
			"doctype": COMMENT,
			"page": doc.name,
			"version_number": doc.version_number,
			"received_on": now_datetime(),
			"part": (part or "").strip()[:140] or None,
			"comment": comment,
			"commenter_name": name[:140],
			"email": clean_email(email) if (email or "").strip() else None,
			**_who_is_logged_in(),
		}
	)
	with by_service(said):
		said.insert(ignore_permissions=True)  # guests comment, too: that comments are invited has been checked


def _check_said(comment: str, name: str):
	if not comment:
		frappe.throw(_("Please write your comment."))
	if len(comment) > LONGEST:
		frappe.throw(_("“{0}” is too long: at most {1} characters.").format(_("Comment"), f"{LONGEST:,}"))
	if not name:
		frappe.throw(_("Please give your name."))


def _who_is_logged_in() -> dict:
	user = frappe.session.user
	if user == "Guest":
		return {}
	return {"user": user, "organisation": next(iter(organisations_of(user)), None)}


def may_comment(page: Document) -> bool:
	"""Whether this reader is invited to comment on this page now."""
	if not guides.invites_comments(page) or programme_visibility.is_draft(page.programme):
		return False
	return page.audience == "Everybody" or page.has_permission("read")


def published(page: str) -> list[dict]:
	"""Comments and answers of a page that the city has published, without names: the last revision first."""
	return frappe.get_all(
		COMMENT,
		{"page": page, "published": 1},
		["version_number", "part", "comment", "answer", "effect"],
		order_by="version_number desc, received_on asc",
		limit=500,
	)
