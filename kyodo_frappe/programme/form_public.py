"""What the forms open to the public page and the open data: declared fields only.

Whether the record itself is public, and with whose consent, is checked before, in `public.py` of its room.
"""

from collections.abc import Iterable

import frappe

from kyodo_frappe.programme.form import FORMS, OPEN_DATA, PUBLIC, Field, consented_fields, content_of, fields_of
from kyodo_frappe.programme.form_text import block, text_of

# {DocType: columns of a row by which its form is found}
NEEDED = {
	"Kyodo Proposal": ("programme", "programme_version", "call"),
	"Kyodo Organisation": ("programme", "profile_fields"),
	"Kyodo Report": ("project",),
}


def blank_undeclared(doctype: str, rows: list[dict], place: str = PUBLIC) -> list[dict]:
	"""Return the same rows, with every field emptied that a form does not open. rows: with the columns in NEEDED."""
	content = set(content_of(doctype)) - set(NEEDED[doctype])
	for row, declared in _declared(doctype, rows, place):
		for name in content & set(row):
			if name not in declared:
				row[name] = None
	return rows


def records_that_open(doctype: str, rows: list[dict], fieldname: str, place: str = PUBLIC) -> set[str]:
	"""Return the names of the rows whose form opens a field."""
	return {row.name for row, declared in _declared(doctype, rows, place) if fieldname in declared}


def further_blocks(doctype: str, rows: list[dict], place: str = PUBLIC) -> dict[str, list[dict]]:
	"""{record: [block]} of what the forms open besides the columns of the rows; blocks as in form_text."""
	declared = {row.name: [field for field in fields.values() if field.name not in row] for row, fields in _declared(doctype, rows, place)}
	values = _values(doctype, declared)
	found = {}
	for name, fields in declared.items():
		blocks = [block(values[name], field) for field in fields]
		found[name] = [row for row in blocks if row.get("text") or row.get("rows")]
	return found


def further_texts(doctype: str, rows: list[dict]) -> dict[str, dict[str, str]]:
	"""{record: {heading: text}} of what the forms put into the open data besides the columns of the rows."""
	declared = {
		row.name: [field for field in fields.values() if field.name not in row] for row, fields in _declared(doctype, rows, OPEN_DATA)
	}
	values = _values(doctype, declared)
	return {name: {field.label: text_of(values[name], field) for field in fields} for name, fields in declared.items()}


def further_headings(doctype: str, columns: Iterable[str], programmes: Iterable[str]) -> list[str]:
	"""Return the headings of the open data of these programmes besides `columns`, fieldnames."""
	known = set(columns)
	records = [{"doctype": doctype, "programme": programme} for programme in programmes]
	return list(dict.fromkeys(field.label for record in records for field in fields_of(record, OPEN_DATA) if field.name not in known))


def _declared(doctype: str, rows: list[dict], place: str):
	"""Yield each row with {fieldname: Field} of what its form opens; each form is read once."""
	read: dict[tuple, dict[str, Field]] = {}
	terms = _terms(doctype, rows)
	for row in rows:
		key = (*(row.get(column) for column in NEEDED[doctype]), terms.get(row.get("name")))
		if key not in read:
			record = {**row, "doctype": doctype, "term": key[-1]}
			agreed = consented_fields(record) if doctype == FORMS["Organisation"] else None
			read[key] = {field.name: field for field in fields_of(record, place) if agreed is None or field.name in agreed}
		yield row, read[key]


def _terms(doctype: str, rows: list[dict]) -> dict[str, int]:
	"""{proposal: its term}, by which the form asks for amounts per year; one query."""
	if doctype != FORMS["Proposal"] or not rows:
		return {}
	named = {"name": ["in", [row.get("name") for row in rows]]}
	return dict(frappe.get_all(doctype, named, ["name", "term"], as_list=True, order_by="name"))


def _values(doctype: str, declared: dict[str, list[Field]]) -> dict[str, dict]:
	"""{record: its values} of these fields, with one query, and one for each table."""
	values = {name: frappe._dict(name=name) for name in declared}
	if not values:
		return values
	fields_by_name = {field.name: field for fields in declared.values() for field in fields}
	if single := [name for name, field in fields_by_name.items() if not field.is_table]:
		for row in frappe.get_all(doctype, {"name": ["in", list(values)]}, ["name", *single], order_by="name"):
			values[row.name].update(row)
	for table in (field for field in fields_by_name.values() if field.is_table):
		for row in _rows(doctype, list(values), table):
			values[row.parent].setdefault(table.name, []).append(row)
	return values


def _rows(doctype: str, names: list[str], field: Field) -> list[dict]:
	place = {"parenttype": doctype, "parentfield": field.name, "parent": ["in", names]}
	return frappe.get_all(field.df.options, place, ["parent", *field.columns], order_by="parent, idx")
