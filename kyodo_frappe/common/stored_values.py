"""Normalised values for comparing a record with a stored state of it."""

import frappe
from frappe.model import data_fieldtypes
from frappe.model.document import Document


def plain(value) -> str | float:
	"""Normalise a value: None, "" and 0 are equal, so are 1, 1.0 and True, and both kinds of line ends."""
	if value in (None, "", 0):
		return ""
	if isinstance(value, int | float):
		return float(value)
	return str(value).strip().replace("\r\n", "\n")


def columns_of(doctype: str) -> list[str]:
	"""Return the fieldnames of a DocType that are stored in columns."""
	return [df.fieldname for df in frappe.get_meta(doctype).fields if df.fieldtype in data_fieldtypes]


def state_of(doc: Document, field: str, left_out: tuple[str, ...] = ()):
	"""Return the normalised value of a field; for a table, its rows as [{column: value}].

	Rows omit empty columns, so that a column added by an upgrade is no change, and the columns `left_out`.
	"""
	value = doc.get(field)
	if not isinstance(value, list):
		return plain(value)
	columns = [column for column in columns_of(doc.meta.get_field(field).options) if column not in left_out]
	return [{column: plain(row.get(column)) for column in columns if plain(row.get(column)) != ""} for row in value]
