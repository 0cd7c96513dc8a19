"""Copies of plan rows in other records: what was planned stays as planned."""

import frappe
from frappe.model.document import Document

# columns of an indicator that a report copies
INDICATOR = ("indicator", "unit", "baseline", "target", "direction", "measurement")


def keep_planned_columns(doc: Document, table: str, written: tuple[str, ...], keys: tuple[str, ...], only: bool):
	"""Let a save change only the columns `written` of existing rows, and with `only` add none.

	Rows sent without their name (over REST) are matched by `keys`. A record without stored rows accepts all.
	"""
	before = doc.get_doc_before_save()
	stored = before.get(table) if before else []
	if not stored:
		return
	given = list(doc.get(table))
	rows = [_restore_planned(row, _take_matching(given, row, keys), written) for row in stored]
	if not only:
		rows += [row for row in given if any(row.get(key) for key in keys)]
	set_rows(doc, table, rows)


def set_rows(doc: Document, table: str, rows: list[Document]):
	"""Replace a table by these rows, in this order."""
	for number, row in enumerate(rows, 1):
		row.idx = number
	doc.set(table, rows)


def _take_matching(given: list[Document], row: Document, keys: tuple[str, ...]) -> Document | None:
	found = next((other for other in given if other.name == row.name), None) or next(
		(other for other in given if all((other.get(key) or "") == (row.get(key) or "") for key in keys)), None
	)
	if found is not None:
		given.remove(found)
	return found


def _restore_planned(row: Document, sent: Document | None, written: tuple[str, ...]) -> Document:
	if sent is None:
		return frappe.get_doc(row.as_dict())
	for field in row.meta.fields:
		if field.fieldname not in written:
			sent.set(field.fieldname, row.get(field.fieldname))
	sent.name = row.name
	sent.__dict__.pop("__islocal", None)
	return sent
