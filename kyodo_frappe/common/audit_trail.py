"""Versions, comments about states, and open workflow actions of saved records, written together.

An act that saves many records writes them at its end. Frappe inserts each version and comment as a record of its own, which takes half
of the time of the act.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import frappe
from frappe.model.document import Document

from kyodo_frappe.common import many_records

VERSION, COMMENT, PLAIN = "Version", "Comment", "plain rows"
OURS = "kyodo_frappe."
FRAPPES = "frappe."  # its hooks for all DocTypes are about notifications, workflows and assignments, which plain rows do not have
# {DocType by which a city acts on each new record of another DocType: its field with the name of that DocType}
LISTENERS = {"Notification": "document_type", "Webhook": "webhook_doctype", "Server Script": "reference_doctype"}


@contextmanager
def written_together() -> Iterator[None]:
	"""Defer versions, comments and plain rows of the records saved in the block to its end, one statement per DocType.

	For records based on WritesChangedRows. A block that fails writes none: its transaction is rolled back.
	"""
	if _kept() is not None:
		yield  # part of an act that writes them
		return
	frappe.local.kyodo_audit_trail = kept = {doctype: [] for doctype in (VERSION, COMMENT) if not _is_followed(doctype)}
	try:
		yield
	finally:
		frappe.local.kyodo_audit_trail = None
	many_records.insert_plain(chain.from_iterable(kept.values()))


def insert(rows: list[Document]):
	"""Insert rows that the act does not read: at its end within `written_together`, else now (`many_records.insert_plain`)."""
	if _kept() is None:
		many_records.insert_plain(rows)
	else:
		_kept().setdefault(PLAIN, []).extend(rows)


def keep_version(doc: Document) -> bool:
	"""Defer the Version of a saved record to the end of the act; False if Frappe has to write it now, or writes none."""
	if VERSION not in (_kept() or {}) or doc.flags.ignore_version or not doc.meta.track_changes or not doc.get_doc_before_save():
		return False
	version = frappe.get_doc({"doctype": VERSION})
	if version.update_version_info(doc.get_doc_before_save(), doc):
		_keep(version)
	return True


def keep_comment(doc: Document, text: str) -> bool:
	"""Defer the comment about the new state of a record to the end of the act; False if Frappe has to write it now."""
	if COMMENT not in (_kept() or {}):
		return False
	content = {"comment_type": "Workflow", "comment_email": frappe.session.user, "content": text}
	comment = frappe.get_doc({"doctype": COMMENT, **content, "reference_doctype": doc.doctype, "reference_name": doc.name})
	comment.validate()  # Frappe's own: how it cleans the text differs between versions
	_keep(comment)
	return True


def _kept() -> dict[str, list[Document]] | None:
	return getattr(frappe.local, "kyodo_audit_trail", None)


def _keep(row: Document):
	row.set_user_and_timestamp()
	row.set_new_name()
	_kept()[row.doctype].append(row)


def _is_followed(doctype: str) -> bool:
	"""Whether another app, the city or the user follows each new row of a DocType."""
	hooks = frappe.get_doc_hooks()
	of_all = {path for path in _handlers(hooks, "*") if not path.startswith(FRAPPES)}
	if any(not path.startswith(OURS) for path in (*_handlers(hooks, doctype), *of_all)):
		return True
	if doctype == VERSION and frappe.get_cached_value("User", frappe.session.user, "follow_created_documents"):
		return True  # Frappe lets them follow what they change
	return any(frappe.db.exists(listener, {field: doctype}) for listener, field in LISTENERS.items())


def _handlers(hooks: dict, doctype: str) -> Iterator[str]:
	return chain.from_iterable(hooks.get(doctype, {}).values())
