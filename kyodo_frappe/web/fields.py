"""The fields and columns that portal forms may write. Anything else that a request sends is ignored."""

from collections.abc import Iterable

import frappe
from frappe.model import table_fields

from kyodo_frappe.programme import form


def split(asked: Iterable[form.Field]) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
	"""Return (fieldnames, {table: columns}) that a form writes. Files are left out: they are uploaded by forms of their own."""
	asked = [field for field in asked if not (field.is_file or field.is_attachments)]
	names = tuple(field.name for field in asked if not field.is_table)
	return names, {field.name: tuple(field.columns) for field in asked if field.is_table}


def written() -> dict[str, tuple[set[str], set[str]]]:
	"""Return {DocType: (fieldnames, tables)} that portal forms write, whichever role sends them.

	The programme's forms declare most of them; each room adds its own in `PORTAL_FIELDS` (hooks.py: kyodo_portal_fields),
	shaped like the return value.
	"""
	found: dict[str, tuple[set[str], set[str]]] = {}
	for path in frappe.get_hooks("kyodo_portal_fields"):
		for doctype, (names, tables) in frappe.get_attr(path).items():
			_add(found, doctype, names, tables)
	for doctype in form.FORMS.values():
		meta = frappe.get_meta(doctype)
		asked = [field for name in form.content_of(doctype) if (field := meta.get_field(name))]
		tables = [field.fieldname for field in asked if field.fieldtype in table_fields]
		_add(found, doctype, [field.fieldname for field in asked if field.fieldname not in tables], tables)
	return found


def _add(found: dict, doctype: str, names: Iterable[str], tables: Iterable[str]):
	known_names, known_tables = found.setdefault(doctype, (set(), set()))
	known_names.update(names)
	known_tables.update(tables)
