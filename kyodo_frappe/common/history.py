"""Change history kept as Frappe Versions: one per editing session of a user instead of one per autosave."""

import json
from collections.abc import Mapping
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import add_to_date, now_datetime
from pypika import Order

from kyodo_frappe.common.names import name_of
from kyodo_frappe.rules import merge

SESSION_MINUTES = 10  # changes that a user makes within this time share one Version


def record_change(doc: Document, change: Mapping[str, Any]):
	"""Record a change in the Version of the user's current editing session. `change`: shaped like the data of a Version.

	A new Version begins if another user has changed the same field or row in between, so that each Version stays correct.
	"""
	running = _session_version(doc, merge.touched(change))
	if running is None:
		version = frappe.new_doc("Version")
		version.update({"ref_doctype": doc.doctype, "docname": doc.name, "data": frappe.as_json(change, indent=None)})
		version.insert(ignore_permissions=True)  # Frappe writes Versions the same way
		return
	whole = merge.compose(json.loads(running.data), change)
	if merge.is_empty(whole):
		frappe.db.delete("Version", {"name": running.name})
		return
	running.data = frappe.as_json(whole, indent=None)
	running.save(ignore_permissions=True)  # as above; `_session_version` returns the user's own Version only


def last_change_of(doc: Document, place: tuple[str, str]) -> dict:
	"""Return {who, when} of the last change of a field or row, from the Versions or else from the record itself."""
	found = next((row for row in _newest(doc) if place in merge.touched(row.change)), None)
	user, when = (found.owner, found.modified) if found else (doc.modified_by, doc.modified)
	return {"who": name_of(user), "when": when}


def _session_version(doc: Document, places: set[tuple[str, str]]) -> Document | None:
	"""Return the Version of the user's current editing session, if changes of these fields and rows may be added to it."""
	rows = _newest(doc)
	begun = add_to_date(now_datetime(), minutes=-SESSION_MINUTES)
	mine = next((row for row in rows if row.owner == frappe.session.user), None)
	if mine is None or mine.creation < begun or ("", "workflow_state") in merge.touched(mine.change):
		return None
	since = [row for row in rows if row.owner != mine.owner and row.modified >= mine.modified]
	if any(places & merge.touched(row.change) for row in since):
		return None
	return frappe.get_doc("Version", mine.name, for_update=True)


def _newest(doc: Document) -> list[dict]:
	"""Return the 20 newest Versions of a record: [{name, owner, creation, modified, change}].

	Reads with a lock, because the snapshot of this transaction lacks what others committed while it waited for the record.
	"""
	version = frappe.qb.DocType("Version")
	rows = (
		frappe.qb.from_(version)
		.select(version.name, version.owner, version.creation, version.modified, version.data)
		.where((version.ref_doctype == doc.doctype) & (version.docname == doc.name))
		.orderby(version.modified, order=Order.desc)
		.orderby(version.creation, order=Order.desc)
		.limit(20)
		.for_update()
		.run(as_dict=True)
	)
	for row in rows:
		row.change = json.loads(row.data or "{}")
	return rows
