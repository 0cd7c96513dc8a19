"""Opening a record for a page or a form: with the right asked for, and the same answer for what is missing and
what is not open to this login."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime

from kyodo_frappe.workflows import locking


class ChangedMeanwhile(frappe.ValidationError):
	http_status_code = 409


def opened(doctype: str, name: str) -> Document:
	"""A record that this login may read; PageDoesNotExistError otherwise, whether it exists or not."""
	doc = frappe.get_doc(doctype, name) if frappe.db.exists(doctype, name) else None
	if doc is None or not doc.has_permission("read"):
		raise frappe.PageDoesNotExistError
	return doc


def may_write_record(doctype: str, name: str) -> bool:
	return bool(frappe.get_doc(doctype, name).has_permission("write"))


def only(doc, *names: str) -> dict:
	return frappe._dict({name: doc.get(name) for name in names})


def writable(doctype: str, name: str) -> Document:
	return with_right(doctype, name, "write")


def readable(doctype: str, name: str) -> Document:
	return with_right(doctype, name, "read")


def with_right(doctype: str, name: str, right: str) -> Document:
	"""A locked record this login has `right` to. Says the same of one that is not there and one that is not open."""
	if not frappe.db.exists(doctype, name):
		raise frappe.PermissionError
	locking.hold((doctype, name))
	doc = frappe.get_doc(doctype, name, for_update=True)
	if not doc.has_permission(right):
		raise frappe.PermissionError
	return doc


def check_unchanged(doc: Document, modified: str):
	"""Refuse to write over what somebody else has saved since the form was opened."""
	if not _same_moment(modified, doc.modified):
		who = frappe.utils.get_fullname(doc.modified_by)
		raise ChangedMeanwhile(
			_("{0} saved this at {1}, after you opened it. Nothing of yours is lost: check below and save again.").format(
				who, f"{doc.modified:%H:%M}"
			)
		)


def _same_moment(told: str, stored) -> bool:
	try:
		return get_datetime(told) == get_datetime(stored)
	except Exception:
		return False


def clock_now() -> str:
	return f"{now_datetime():%H:%M}"


def check_writer(writer: str):
	"""A page that was opened in one login does not write in the name of the next one in the same browser. (The token
	against forged requests does not tell: a new session has none until it asks for its first.)"""
	if writer and writer != frappe.session.user:
		frappe.throw(_("This page was opened by somebody else. Please open it again."), frappe.PermissionError)
