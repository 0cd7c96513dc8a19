"""The records that wait for the same step as one of them, the oldest first: what the reading page goes through."""

import frappe
from frappe.model.document import Document

from kyodo_frappe.workflows.guard import STATE
from kyodo_frappe.workflows.states import WAITING, states

MOST = 500


def queue_of(doctype: str, record: Document | None, alike: tuple[str, ...]) -> list[dict]:
	"""[{name, title}] of the records that the user may read, at most MOST, by the day on which they were handed in.

	record: those in its state with the same values of `alike`; None: all that wait for an answer.
	"""
	filters = {STATE: record.get(STATE), **{field: _same(record, field) for field in alike}} if record else {}
	title = frappe.get_meta(doctype).get_title_field()
	return frappe.get_list(
		doctype,
		filters=filters or {STATE: ["in", states(doctype, WAITING)]},
		fields=["name", f"{title} as title"],
		order_by="submitted_on asc, name asc",
		limit=MOST,
	)


def _same(record: Document, field: str):
	return record.get(field) or ["is", "not set"]
