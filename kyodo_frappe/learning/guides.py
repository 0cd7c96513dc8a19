"""Handbook, manuals and guideline (手引き・マニュアル・指針): the city's text, the app's default text, and revisions.

A page stores the app's default text as well. A new default replaces the city's text only while the city has not changed it;
both can be compared, and the default be restored, at any time. The guideline is a public document: once published, its text
changes only by a revision, and earlier versions are kept. Sources: 000 (手引き, 指針の見直し), 004 (指針), issue 6 “Learning”.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from kyodo_frappe.common import markup, typed_input
from kyodo_frappe.learning.errors import CommentsUnanswered, RevisionError
from kyodo_frappe.rules.textdiff import word_diff
from kyodo_frappe.workflows.guard import by_service

PAGE, VERSION, COMMENT = "Kyodo Page", "Kyodo Page Version", "Kyodo Page Comment"
GUIDELINE = "Guideline"


# -- the default text -----------------------------------------------------------------------------


def load_default_pages(programme: str, rows: list[dict]) -> dict[str, str]:
	"""Create the pages of a preset, and update the text of those that the city has not changed.

	`rows`: [{default_key, page_title, page_kind, audience, position, body, published, basis?}, …]. Returns {default_key:
	"created" | "updated" | "kept" | "unchanged"}. The caller (programme/presets.py) has checked permissions.
	"""
	return {row["default_key"]: _load_default_page(programme, row) for row in rows}


def _load_default_page(programme: str, row: dict) -> str:
	name = frappe.db.get_value(PAGE, {"programme": programme, "default_key": row["default_key"]})
	if not name:
		page = frappe.get_doc({"doctype": PAGE, "programme": programme, **row, "default_body": row["body"]})
		with by_service(page):
			page.insert(ignore_permissions=True)  # the preset loader has checked permissions
		return "created"
	page = frappe.get_doc(PAGE, name, for_update=True)
	if is_same_text(page.default_body, row["body"]):
		return "unchanged"
	follows_default = is_same_text(page.body, page.default_body) and not is_public_document(page)
	if follows_default:
		page.body = row["body"]
	page.default_body = row["body"]
	with by_service(page):
		page.save(ignore_permissions=True)  # the preset loader has checked permissions
	return "updated" if follows_default else "kept"


@frappe.whitelist(methods=["GET"])
def changes_from_default(page: str) -> list[list[str]]:
	"""Return the differences of the city's text from the default as [["equal" | "delete" | "insert", text], …].

	Raises PermissionError.
	"""
	doc = _readable(page)
	return [list(part) for part in word_diff(doc.default_body, doc.body)]


@frappe.whitelist(methods=["POST"])
def preview(page: str, text: str) -> str:
	"""Return a page's text as safe HTML, for users who may edit the page. Raises PermissionError."""
	_writable(page)
	return markup.to_html(text)


@frappe.whitelist(methods=["POST"])
def take_default(page: str):
	"""Restore the default text; in a published guideline, as the text of its revision.

	Raises PermissionError, and RevisionError where the page has no default text, or where a guideline is not under
	revision or open to comments.
	"""
	doc = _writable(page)
	if not doc.default_key or not doc.default_body:
		frappe.throw(_("This page does not come with the app."), exc=RevisionError)
	if is_public_document(doc):
		if not doc.revising:
			message = _("The text of a published guideline changes by a revision. Please begin one first.")
			frappe.throw(message, exc=RevisionError)
		check_comments_closed(doc)
		doc.revision = doc.default_body
	else:
		doc.body = doc.default_body
	_save(doc)


# -- the revision ---------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def begin_revision(page: str, reason: str):
	"""Begin a revision with a copy of the text. Raises PermissionError, RevisionError (under way already, no reason)."""
	doc = _writable(page)
	if doc.revising:
		frappe.throw(_("A revision of this page is under way already."), exc=RevisionError)
	if not (reason or "").strip():
		frappe.throw(_("Please say why the page is revised."), exc=RevisionError)
	_archive_version(doc)
	doc.update({"revising": 1, "revision": doc.body, "revision_reason": reason.strip(), "comments_from": None, "comments_until": None})
	_save(doc)


@frappe.whitelist(methods=["POST"])
def invite_comments(page: str, comments_from: str, comments_until: str):
	"""Publish the proposed text and invite comments on it from one day to another, or change these days.

	Raises PermissionError, and RevisionError without a revision, for an unchanged text, an unpublished page, or a period
	that is invalid or over.
	"""
	doc = _under_revision(page)
	_check_revision_differs(doc)
	if not doc.published:
		frappe.throw(_("Comments are invited on published pages only."), exc=RevisionError)
	first, last = (
		getdate(typed_input.day(day, _(doc.meta.get_label(name)))) if day else None
		for name, day in (("comments_from", comments_from), ("comments_until", comments_until))
	)
	if not first or not last or last < first or last < getdate(nowdate()):
		frappe.throw(_("Please give a first and a last day; the last day must not be past."), exc=RevisionError)
	if _has_comments(doc) and first > getdate(doc.comments_from):
		frappe.throw(_("Comments have been received already, so the first day cannot be changed."), exc=RevisionError)
	doc.update({"comments_from": first, "comments_until": last})
	_save(doc)


@frappe.whitelist(methods=["POST"])
def adopt(page: str, adopted_on: str | None = None) -> int:
	"""Put the proposed text into force as a new version and return its number; the old version stays readable.

	Raises PermissionError, RevisionError (no revision, unchanged text, comments still invited), CommentsUnanswered.
	"""
	doc = _under_revision(page)
	_check_revision_differs(doc)
	if doc.comments_until and getdate(doc.comments_until) >= getdate(nowdate()):
		frappe.throw(_("Comments are still invited. Adopt the revision when their time is over."), exc=RevisionError)
	_check_comments_answered(doc)
	reason = doc.revision_reason
	doc.update(
		{
			"body": doc.revision,
			"version_number": doc.version_number + 1,
			"adopted_on": getdate(typed_input.day(adopted_on, _("Adopted On")) or nowdate()),
			"revising": 0,
			"revision": None,
			"revision_reason": None,
			"comments_from": None,
			"comments_until": None,
		}
	)
	_save(doc)
	_archive_version(doc, reason)
	return doc.version_number


@frappe.whitelist(methods=["POST"])
def drop_revision(page: str):
	"""Drop the revision and keep the text. Raises PermissionError, RevisionError (comments invited), CommentsUnanswered."""
	doc = _under_revision(page)
	check_comments_closed(doc)
	_check_comments_answered(doc)
	doc.update({"revising": 0, "revision": None, "revision_reason": None, "comments_from": None, "comments_until": None})
	_save(doc)


def _archive_version(page: Document, reason: str | None = None):
	if frappe.db.exists(VERSION, {"page": page.name, "version_number": page.version_number}):
		return
	version = frappe.get_doc(
		{
			"doctype": VERSION,
			"page": page.name,
			"version_number": page.version_number,
			"adopted_on": page.adopted_on or getdate(page.creation),
			"reason": reason,
			"body": page.body,
		}
	)
	with by_service(version):
		version.insert(ignore_permissions=True)  # versions are made here only; permission to revise has been checked


# -- the state of a page --------------------------------------------------------------------------


def is_public_document(page: Document) -> bool:
	"""Return whether a page's text is in force as a public document."""
	return page.page_kind == GUIDELINE and bool(page.adopted_on)


def is_same_text(text: str | None, other: str | None) -> bool:
	"""Return whether two texts are the same but for line ends and trailing spaces."""
	lines = lambda value: [line.rstrip() for line in (value or "").strip().splitlines()]
	return lines(text) == lines(other)


def invites_comments(page: Document | dict) -> bool:
	"""Return whether comments on a page's revision are invited today."""
	today = getdate(nowdate())
	return bool(
		page.revising and page.published and page.comments_from and getdate(page.comments_from) <= today <= getdate(page.comments_until)
	)


def shows_revision(page: Document | dict) -> bool:
	"""Return whether the proposed text is public: from the first day for comments until it is adopted."""
	return bool(page.revising and page.published and page.comments_from and getdate(page.comments_from) <= getdate(nowdate()))


def _check_revision_differs(page: Document):
	if not (page.revision or "").strip() or is_same_text(page.revision, page.body):
		frappe.throw(_("The proposed text is the same as the one in force. Please change it first."), exc=RevisionError)


def check_comments_closed(page: Document):
	"""Raise RevisionError while comments on the proposed text are invited."""
	if invites_comments(page):
		frappe.throw(_("The proposed text cannot be changed while comments are invited."), exc=RevisionError)


def _check_comments_answered(page: Document):
	# an option that is not chosen is stored as an empty string
	left = frappe.get_all(COMMENT, {**_revision_comments(page), "effect": ["is", "not set"]}, pluck="name", order_by="name")
	if left:
		message = _("{0} comments have no answer yet. Please answer each of them first.").format(len(left))
		frappe.throw(message, exc=CommentsUnanswered)


def _has_comments(page: Document) -> bool:
	return bool(frappe.db.exists(COMMENT, _revision_comments(page)))


def _revision_comments(page: Document) -> dict:
	"""Return the filters for comments on the present revision: an earlier one of the same version may have been dropped."""
	began = page.comments_from or nowdate()
	return {"page": page.name, "version_number": page.version_number, "received_on": [">=", began]}


def _readable(page: str) -> Document:
	doc = frappe.get_doc(PAGE, page) if frappe.db.exists(PAGE, page) else None
	if doc is None or not doc.has_permission("read"):
		raise frappe.PermissionError
	return doc


def _writable(page: str) -> Document:
	if not frappe.db.exists(PAGE, page):
		raise frappe.PermissionError
	doc = frappe.get_doc(PAGE, page, for_update=True)
	doc.check_permission("write")
	return doc


def _under_revision(page: str) -> Document:
	doc = _writable(page)
	if not doc.revising:
		frappe.throw(_("This page is not under revision."), exc=RevisionError)
	return doc


def _save(page: Document):
	with by_service(page):
		page.save()
