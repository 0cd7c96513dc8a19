"""Who changed what, kept as Frappe's Versions: one for each stretch of one person's writing, not one per keystroke."""

import json
from collections.abc import Mapping
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import add_to_date, now_datetime
from pypika import Order

from kyodo_frappe.rules import merge

STRETCH_MINUTES = 10  # one Version for what one person writes in this time


def keep(doc: Document, change: Mapping[str, Any]):
	"""Note a change, shaped as Frappe's Version keeps them, for one stretch of one person's writing.

	A new Version begins where somebody else has changed the same field or row in between, so that each stays true.
	"""
	running = _running(doc, merge.touched(change))
	if running is None:
		version = frappe.new_doc("Version")
		version.update({"ref_doctype": doc.doctype, "docname": doc.name, "data": frappe.as_json(change, indent=None)})
		version.insert(ignore_permissions=True)  # as Frappe keeps its own
		return
	whole = merge.compose(json.loads(running.data), change)
	if merge.is_empty(whole):
		frappe.db.delete("Version", {"name": running.name})
		return
	running.data = frappe.as_json(whole, indent=None)
	running.save(ignore_permissions=True)  # as Frappe keeps its own; one's own Version, looked for above


def writer_of(doc: Document, place: tuple[str, str]) -> dict:
	"""{who, when} of the last change of a place: as the Versions tell, else of the record."""
	found = next((row for row in _newest(doc) if place in merge.touched(row.change)), None)
	user, when = (found.owner, found.modified) if found else (doc.modified_by, doc.modified)
	return {"who": frappe.utils.get_fullname(user), "when": when}


def _running(doc: Document, places: set[tuple[str, str]]) -> Document | None:
	"""The Version of this user's present stretch of writing, if these places can still go into it."""
	rows = _newest(doc)
	begun = add_to_date(now_datetime(), minutes=-STRETCH_MINUTES)
	mine = next((row for row in rows if row.owner == frappe.session.user), None)
	if mine is None or mine.creation < begun or ("", "workflow_state") in merge.touched(mine.change):
		return None
	since = [row for row in rows if row.owner != mine.owner and row.modified >= mine.modified]
	if any(places & merge.touched(row.change) for row in since):
		return None
	return frappe.get_doc("Version", mine.name, for_update=True)


def _newest(doc: Document) -> list[dict]:
	"""The newest Versions of a record: [{name, owner, creation, modified, change}].

	Read under a lock: what others committed while this request waited for the record is not in its snapshot.
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
