"""Titles of linked records in lists of the desk.

A list requests them as joined columns, `organisation.organisation_name as organisation_organisation_name`, and Frappe joins
them without checking permissions. They are removed from the request and added to the response for readable records only.
"""

import re

import frappe

from kyodo_frappe.permissions.columns import hidden_fields
from kyodo_frappe.permissions.hooks import open_names
from kyodo_frappe.permissions.record_rules import RECORD_RULES
from kyodo_frappe.permissions.request import ParsedRequest, our_doctypes

LIST = "frappe.desk.reportview.get"
_TITLE = re.compile(r"(\w+)\.(\w+) as \1_\2")


def remove_columns(parsed: ParsedRequest):
	"""Remove title columns from the request of a list and remember them for `add_columns`."""
	doctype, fields = parsed.doctype, parsed.given.get("fields")
	if parsed.functions != [LIST] or not isinstance(fields, list) or not doctype or not frappe.db.exists("DocType", doctype):
		return
	titles = {field: title for field in fields if isinstance(field, str) and (title := _title(doctype, field))}
	if titles:
		parsed.given["fields"] = [field for field in fields if not isinstance(field, str) or field not in titles]
		frappe.local.form_dict["fields"] = frappe.as_json(parsed.given["fields"])
		frappe.local.kyodo_titles = list(titles.values())


def _title(doctype: str, field: str) -> tuple[str, str, str] | None:
	"""Return (link field, DocType, title field) if a column is the title of a linked record of this app or of a user, else None."""
	match = _TITLE.fullmatch(field)
	df = frappe.get_meta(doctype).get_field(match[1]) if match else None
	if not df or df.fieldtype != "Link" or df.options not in {"User", *our_doctypes().values()}:
		return None
	meta = frappe.get_meta(df.options)
	shown = meta.show_title_field_in_link and meta.title_field == match[2]
	return (match[1], df.options, match[2]) if shown and match[2] not in hidden_fields(df.options) else None


def add_columns(answer: dict | list) -> dict | list:
	"""Add the remembered title columns to the response of a list, {keys, values} as Frappe shapes it."""
	keys = answer["keys"] if isinstance(answer, dict) else []
	for link, doctype, title in getattr(frappe.local, "kyodo_titles", ()):
		if link in keys:
			names = [row[keys.index(link)] for row in answer["values"]]
			found = _titles(doctype, title, names)
			keys.append(f"{link}_{title}")
			for row, name in zip(answer["values"], names, strict=True):
				row.append(found.get(name))
	return answer


def _titles(doctype: str, title: str, names: list) -> dict[str, str]:
	wanted = sorted({name for name in names if name})
	if doctype in RECORD_RULES:
		wanted = sorted(open_names(doctype, wanted))
	rows = frappe.get_all(doctype, {"name": ["in", wanted]}, ["name", title], order_by="name") if wanted else []
	return {row.name: row[title] for row in rows}
