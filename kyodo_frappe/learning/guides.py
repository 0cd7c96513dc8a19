"""Pages (手引き・マニュアル・指針) that a city edits, kept beside the text that comes with the app; and their revision.

The text of the app is kept on the page: it is brought anew only while the city has left it as it came, and can be
compared and taken back at any time. The guideline is a public document: once published its text changes only by a
revision, with its versions kept. Sources: 000 (手引き, 指針の見直し), 004 (指針), issue 6 “Learning”.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from kyodo_frappe.common import markup
from kyodo_frappe.rules.textdiff import word_diff
from kyodo_frappe.workflows.guard import by_service

PAGE, VERSION, COMMENT = "Kyodo Page", "Kyodo Page Version", "Kyodo Page Comment"
GUIDELINE = "Guideline"


# -- the text that comes with the app ------------------------------------------------------------


def bring_pages(programme: str, rows: list[dict]) -> dict[str, str]:
	"""Make the pages of a preset, and bring new texts where the city has left the old ones as they came.

	`rows`: [{default_key, page_title, page_kind, audience, position, body, published, basis?}]. Returns {default_key:
	"made" | "brought" | "kept" | "unchanged"}. The caller (programme/presets.py) has checked who is asking.
	"""
	return {row["default_key"]: _bring(programme, row) for row in rows}


def _bring(programme: str, row: dict) -> str:
	name = frappe.db.get_value(PAGE, {"programme": programme, "default_key": row["default_key"]})
	if not name:
		page = frappe.get_doc({"doctype": PAGE, "programme": programme, **row, "default_body": row["body"]})
		with by_service(page):
			page.insert(ignore_permissions=True)  # the loader of presets has asked who may load one
		return "made"
	page = frappe.get_doc(PAGE, name, for_update=True)
	if same(page.default_body, row["body"]):
		return "unchanged"
	brings = same(page.body, page.default_body) and not is_fixed(page)
	if brings:
		page.body = row["body"]
	page.default_body = row["body"]
	with by_service(page):
		page.save(ignore_permissions=True)  # the loader of presets has asked who may load one
	return "brought" if brings else "kept"


@frappe.whitelist(methods=["GET"])
def changes_from_default(page: str) -> list[list[str]]:
	"""[[equal | delete | insert, text]]: the city's text against the one that comes with the app. Raises PermissionError."""
	doc = _opened(page)
	return [list(part) for part in word_diff(doc.default_body, doc.body)]


@frappe.whitelist(methods=["POST"])
def preview(page: str, text: str) -> str:
	"""A text as it would read on a page, as safe HTML: for those who write the page. Raises PermissionError."""
	_writable(page)
	return markup.to_html(text)


@frappe.whitelist(methods=["POST"])
def take_default(page: str):
	"""Take back the text that comes with the app; for a published guideline as the text of its revision.

	Raises PermissionError, ValidationError where there is none.
	"""
	doc = _writable(page)
	if not doc.default_key or not doc.default_body:
		frappe.throw(_("This page does not come with the app."))
	if is_fixed(doc):
		if not doc.revising:
			frappe.throw(_("The text of a published guideline changes by a revision. Please begin one first."))
		_check_not_invited(doc)
		doc.revision = doc.default_body
	else:
		doc.body = doc.default_body
	_save(doc)


# -- the revision ---------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def begin_revision(page: str, reason: str):
	"""Begin a revision with a copy of the text. Raises PermissionError, ValidationError while one is under way."""
	doc = _writable(page)
	if doc.revising:
		frappe.throw(_("A revision of this page is under way already."))
	if not (reason or "").strip():
		frappe.throw(_("Please say why the page is revised."))
	_keep_version(doc)
	doc.update({"revising": 1, "revision": doc.body, "revision_reason": reason.strip(), "comments_from": None, "comments_until": None})
	_save(doc)


@frappe.whitelist(methods=["POST"])
def invite_comments(page: str, comments_from: str, comments_until: str):
	"""Show the proposed text and invite comments on it in a period; also to move its days.

	Raises PermissionError; ValidationError: no revision, nothing changed yet, a period that is none or over.
	"""
	doc = _revised(page)
	_check_changed(doc)
	if not doc.published:
		frappe.throw(_("Comments are invited on published pages only."))
	first, last = getdate(comments_from), getdate(comments_until)
	if not first or not last or last < first or last < getdate(nowdate()):
		frappe.throw(_("Please give a first and a last day, and a last day that is not over."))
	if _has_comments(doc) and first > getdate(doc.comments_from):
		frappe.throw(_("Comments have come in already: the first day stays as it is."))
	doc.update({"comments_from": first, "comments_until": last})
	_save(doc)


@frappe.whitelist(methods=["POST"])
def adopt(page: str, adopted_on: str | None = None) -> int:
	"""Put the proposed text in force as a new version; returns its number. The old one stays readable.

	Raises PermissionError; ValidationError: no revision, nothing changed, comments still invited or not all answered.
	"""
	doc = _revised(page)
	_check_changed(doc)
	if doc.comments_until and getdate(doc.comments_until) >= getdate(nowdate()):
		frappe.throw(_("Comments are still invited. Adopt the revision when their time is over."))
	_check_all_answered(doc)
	reason = doc.revision_reason
	doc.update(
		{
			"body": doc.revision,
			"version_number": doc.version_number + 1,
			"adopted_on": getdate(adopted_on or nowdate()),
			"revising": 0,
			"revision": None,
			"revision_reason": None,
			"comments_from": None,
			"comments_until": None,
		}
	)
	_save(doc)
	_keep_version(doc, reason)
	return doc.version_number


@frappe.whitelist(methods=["POST"])
def drop_revision(page: str):
	"""Leave the text as it is. Raises PermissionError; ValidationError while comments are invited or not all answered."""
	doc = _revised(page)
	_check_not_invited(doc)
	_check_all_answered(doc)
	doc.update({"revising": 0, "revision": None, "revision_reason": None, "comments_from": None, "comments_until": None})
	_save(doc)


def _keep_version(page: Document, reason: str | None = None):
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
		version.insert(ignore_permissions=True)  # nobody makes one by hand; who may revise the page has been checked


# -- what is true of a page -----------------------------------------------------------------------


def check(page: Document):
	"""What holds for a page, whoever saves it. Raises ValidationError."""
	if page.published and not (page.body or "").strip():
		frappe.throw(_("A page without a text cannot be published."))
	_check_text_stays(page)
	if page.page_kind == GUIDELINE and page.published and not page.adopted_on:
		page.adopted_on = nowdate()
	page.differs = int(bool(page.default_key) and not same(page.body, page.default_body))


def _check_text_stays(page: Document):
	before = page.get_doc_before_save()
	if not before or page.flags.kyodo_service:
		return
	if is_fixed(before) and not same(before.body, page.body):
		frappe.throw(_("The text of a published guideline changes by a revision. Please begin one first."))
	changed = not same(before.revision, page.revision)
	if not before.revising and (changed or not same(before.revision_reason, page.revision_reason)):
		frappe.throw(_("Please begin a revision first."))
	if changed:
		_check_not_invited(before)


def is_fixed(page: Document) -> bool:
	"""Whether a page's text is in force as a public document."""
	return page.page_kind == GUIDELINE and bool(page.adopted_on)


def same(one: str | None, other: str | None) -> bool:
	"""Whether two texts read the same: line ends and spaces at their ends do not count."""
	plain = lambda text: [line.rstrip() for line in (text or "").strip().splitlines()]
	return plain(one) == plain(other)


def invites_comments(page: Document | dict, today=None) -> bool:
	day = getdate(today or nowdate())
	return bool(
		page.revising and page.published and page.comments_from and getdate(page.comments_from) <= day <= getdate(page.comments_until)
	)


def shows_revision(page: Document | dict) -> bool:
	"""Whether the public reads the proposed text: from the first day of the comments on, until it is adopted."""
	return bool(page.revising and page.published and page.comments_from and getdate(page.comments_from) <= getdate(nowdate()))


def _check_changed(page: Document):
	if not (page.revision or "").strip() or same(page.revision, page.body):
		frappe.throw(_("The proposed text is the same as the one in force. Please change it first."))


def _check_not_invited(page: Document):
	if invites_comments(page):
		frappe.throw(_("While comments are invited, the proposed text stays as it is."))


def _check_all_answered(page: Document):
	# a choice that nobody has made is stored as an empty text
	left = frappe.get_all(COMMENT, {**_of_revision(page), "effect": ["is", "not set"]}, pluck="name", order_by="name")
	if left:
		frappe.throw(_("{0} comments have no answer yet. Please answer each of them first.").format(len(left)))


def _has_comments(page: Document) -> bool:
	return bool(frappe.db.exists(COMMENT, _of_revision(page)))


def _of_revision(page: Document) -> dict:
	"""The comments on the revision that is under way: an earlier one of the same version may have been dropped."""
	began = page.comments_from or nowdate()
	return {"page": page.name, "version_number": page.version_number, "received_on": [">=", began]}


def _opened(page: str) -> Document:
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


def _revised(page: str) -> Document:
	doc = _writable(page)
	if not doc.revising:
		frappe.throw(_("This page is not under revision."))
	return doc


def _save(page: Document):
	with by_service(page):
		page.save()
