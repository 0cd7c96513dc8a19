"""Values as a database stores them alike, to tell whether somebody has changed something."""

import frappe
from frappe.model import data_fieldtypes
from frappe.model.document import Document


def plain(value) -> str | float:
	"""The same for None, empty and 0; for 1, 1.0 and True; for the two ends of a line."""
	if value in (None, "", 0):
		return ""
	if isinstance(value, int | float):
		return float(value)
	return str(value).strip().replace("\r\n", "\n")


def columns_of(doctype: str) -> list[str]:
	return [df.fieldname for df in frappe.get_meta(doctype).fields if df.fieldtype in data_fieldtypes]


def state_of(doc: Document, field: str, left_out: tuple[str, ...] = ()):
	"""A field of a record, plain; of a table its rows without the columns `left_out` and without the empty ones, so that a
	column added by an upgrade looks like no change."""
	value = doc.get(field)
	if not isinstance(value, list):
		return plain(value)
	columns = [column for column in columns_of(doc.meta.get_field(field).options) if column not in left_out]
	return [{column: plain(row.get(column)) for column in columns if plain(row.get(column)) != ""} for row in value]
