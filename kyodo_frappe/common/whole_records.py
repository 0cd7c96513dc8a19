"""Reading a record in two queries, however many tables it has; Frappe reads each table with its own query."""

import frappe
from frappe.model import default_fields
from frappe.model.document import Document
from frappe.model.meta import Meta
from pypika.terms import NullValue

from kyodo_frappe.common import many_records
from kyodo_frappe.common.queries import union


def read(doctype: str, name: str, locked: bool = False) -> Document | None:
	"""Return a record with its tables, or None if there is none. The caller checks permissions.

	locked: lock it until the end of the transaction and read its latest committed state, as needed before a save.
	"""
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select("*").where(table.name == name)
	found = (query.for_update() if locked else query).run(as_dict=True)
	return many_records.as_read({**found[0], "doctype": doctype, **tables_of(doctype, [name], locked=locked)}) if found else None


def tables_of(doctype: str, names: list[str], *wanted: str, locked: bool = False) -> dict[str, list[dict]]:
	"""{table: its rows in order}, of all tables of these records or those wanted. One query. locked: as in `read`."""
	tables = [df for df in frappe.get_meta(doctype).get_table_fields() if not wanted or df.fieldname in wanted]
	columns = {child: _columns(frappe.get_meta(child)) for child in dict.fromkeys(df.options for df in tables)}
	places = {key: f"c{number}" for number, key in enumerate(dict.fromkeys(key for keys in columns.values() for key in keys))}
	found: dict[str, list[dict]] = {df.fieldname: [] for df in tables}
	kind_of = {df.fieldname: df.options for df in tables}
	queries = [_query(child, doctype, names, set(keys), places) for child, keys in columns.items()]
	for row in union(queries, as_dict=True, locked=locked):
		field = row[places["parentfield", ""]]
		if field in found:
			found[field].append(frappe._dict({key[0]: row[places[key]] for key in columns[kind_of[field]]}))
	for rows in found.values():
		rows.sort(key=lambda row: (row["parent"], row["idx"]))
	return found


def _columns(meta: Meta) -> list[tuple[str, str]]:
	"""[(column, type)]: columns of one name and type are read as one."""
	own = {df.fieldname: df.fieldtype for df in meta.fields}
	return [(column, "" if column in default_fields else own.get(column, "")) for column in meta.get_valid_columns()]


def _query(child: str, doctype: str, names: list[str], own: set[tuple[str, str]], places: dict[tuple[str, str], str]):
	table = frappe.qb.DocType(child)
	# each kind of row has its columns, and nothing in those of the others
	terms = [(table[key[0]] if key in own else NullValue()).as_(place) for key, place in places.items()]
	return frappe.qb.from_(table).select(*terms).where(table.parent.isin(names) & (table.parenttype == doctype))
