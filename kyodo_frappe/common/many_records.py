"""Reading and locking many records with one query per table, and inserting plain rows with one statement."""

from collections import defaultdict
from collections.abc import Iterable

import frappe
from frappe.model.document import Document


def read_locked(doctype: str, names: Iterable[str]) -> dict[str, Document]:
	"""{name: record} of a DocType based on WritesChangedRows; names without a record are left out.

	Each is to be saved once and is changed in this transaction by that save only: Frappe's save and `apply_workflow` then do not
	read it again (common/changed_rows.py). The caller checks permissions.
	"""
	wanted = sorted(set(names))
	if not wanted:
		return {}
	table = frappe.qb.DocType(doctype)
	found = _select(table, table.name.isin(wanted), table.name)
	rows = _rows(doctype, wanted)
	return {one.name: _record({**one, "doctype": doctype, **rows[one.name]}) for one in found}


def _rows(doctype: str, names: list[str]) -> dict[str, dict[str, list[dict]]]:
	"""{record: {table: rows}}, every table of the DocType for every record."""
	tables = frappe.get_meta(doctype).get_table_fields()
	found = defaultdict(lambda: {df.fieldname: [] for df in tables})
	for child in sorted({df.options for df in tables}):
		table = frappe.qb.DocType(child)
		for row in _select(table, table.parent.isin(names) & (table.parenttype == doctype), table.parent, table.idx):
			if row.parentfield in found[row.parent]:
				found[row.parent][row.parentfield].append(row)
	return found


def _select(table, condition, *order) -> list[dict]:
	query = frappe.qb.from_(table).select("*").where(condition)
	for column in order:
		query = query.orderby(column)
	return query.for_update().run(as_dict=True)


def _record(content: dict) -> Document:
	doc = as_read(content)
	doc.flags.kyodo_read = content
	return doc


def content_of(doc: Document) -> dict:
	"""Return the content of a record: {field: value, table: [row], "doctype"}."""
	columns = lambda part: {column: part.get(column) for column in part.meta.get_valid_columns()}
	tables = {df.fieldname: [columns(row) for row in doc.get(df.fieldname)] for df in doc.meta.get_table_fields()}
	return {**columns(doc), **tables, "doctype": doc.doctype}


def as_read(content: dict) -> Document:
	"""Return a record from its content (see `content_of`)."""
	doc = frappe.get_doc({field: [dict(row) for row in value] if isinstance(value, list) else value for field, value in content.items()})
	if hasattr(doc, "mask_fields"):
		doc.mask_fields()  # as Frappe 16 does when it reads
	return doc


def insert_plain(rows: Iterable[Document]):
	"""Insert rows that have nothing to validate and nobody to notify, those of a DocType in one statement.

	The caller has set their names, and their times by `set_user_and_timestamp`.
	"""
	by_doctype = defaultdict(list)
	for row in rows:
		row.creation, row.owner = row.creation or row.modified, row.owner or row.modified_by
		by_doctype[row.doctype].append(row.get_valid_dict(convert_dates_to_str=True))
	for doctype, values in by_doctype.items():
		columns = list(values[0])
		frappe.db.bulk_insert(doctype, columns, [[row[column] for column in columns] for row in values])
