"""Loading of records for pages and forms, with permission checks.

Missing records and records that the user may not open give the same response.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime

from kyodo_frappe.common import whole_records
from kyodo_frappe.common.names import name_of
from kyodo_frappe.permissions import reading_cache
from kyodo_frappe.web.errors import FormOutdated, OpenedByAnotherUser
from kyodo_frappe.workflows import locking


def page_record(doctype: str, name: str) -> Document:
	"""Return a record for a page. Raises PageDoesNotExistError if it does not exist or the user may not read it."""
	doc = reading_cache.readable(doctype, name)
	if doc is None:
		raise frappe.PageDoesNotExistError
	return doc


def may_write_record(doctype: str, name: str) -> bool:
	"""Whether the user may write an existing record."""
	return bool(frappe.get_doc(doctype, name).has_permission("write"))


def pick(doc, *names: str) -> dict:
	"""Return the named fields of a record, for templates."""
	return frappe._dict({name: doc.get(name) for name in names})


def writable(doctype: str, name: str) -> Document:
	"""Return a locked record that the user may write. Raises PermissionError as `with_right`."""
	return with_right(doctype, name, "write")


def readable(doctype: str, name: str) -> Document:
	"""Return a locked record that the user may read. Raises PermissionError as `with_right`."""
	return with_right(doctype, name, "read")


def with_right(doctype: str, name: str, right: str) -> Document:
	"""Return a record, locked for this transaction.

	Raises PermissionError if it does not exist or the user lacks the permission `right`.
	"""
	locking.lock((doctype, name))
	doc = whole_records.read(doctype, name, locked=True)
	if doc is None or not _has_right(doc, right):
		raise frappe.PermissionError
	return doc


def _has_right(doc: Document, right: str) -> bool:
	doc.flags.kyodo_stored = doc  # as it has just been read, nobody has changed it yet (permissions/hooks.py)
	try:
		return doc.has_permission(right)
	finally:
		doc.flags.kyodo_stored = None


def check_unchanged(doc: Document, modified: str):
	"""Raise FormOutdated if another user has saved the record since the form was opened. `modified`: as the form sent it."""
	if not _same_moment(modified, doc.modified):
		who = name_of(doc.modified_by)
		raise FormOutdated(
			_("{0} saved this at {1}, after you had opened it. Your input is kept: please check it below and save again.").format(
				who, f"{doc.modified:%H:%M}"
			)
		)


def _same_moment(told: str, stored) -> bool:
	try:
		return get_datetime(told) == get_datetime(stored)
	except Exception:
		return False


def current_time() -> str:
	"""Return the current time as HH:MM, for messages."""
	return f"{now_datetime():%H:%M}"


def check_writer(writer: str):
	"""Raise OpenedByAnotherUser if a form was opened by another user of the same browser.

	The CSRF token does not tell them apart: a new session has none until it requests its first.
	"""
	if writer and writer != frappe.session.user:
		frappe.throw(_("This page was opened by another user. Please open it again."), OpenedByAnotherUser)
