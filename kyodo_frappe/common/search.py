"""Finding records by name in every spelling: the stored key, and the search of link fields in the desk.

Frappe compares what was typed character by character, and would not find 髙橋 by 高橋, or NPO法人みどり by 特定非営利活動法人みどり.
"""

from typing import Any

import frappe
from frappe.model.document import Document

from kyodo_frappe.rules.textkeys import name_key, stored_search_key

# {DocType with a field `search_key`: the fields with its name and the reading of it}
NAMES = {
	"Kyodo Organisation": ("organisation_name", "organisation_kana"),
	"Kyodo Proposal": ("title",),
	"Kyodo Project": ("project_name",),
}
MAX_KEY = 500


def keep_key(doc: Document, method: str | None = None):
	"""Fill the search key of a record whose name changes (before_validate); in any other save it stays, as frozen content does."""
	names = NAMES.get(doc.doctype, ())
	if any(doc.has_value_changed(fieldname) for fieldname in names):
		doc.search_key = key_of(doc.doctype, doc)


def key_of(doctype: str, values: Document | dict) -> str:
	"""The search key of a record, from its values."""
	return stored_search_key(*(values.get(fieldname) for fieldname in NAMES[doctype]))[:MAX_KEY]


def found_by(text: str | None) -> list | None:
	"""The filter value of `search_key` for a text that somebody has typed; None for a blank text."""
	key = name_key(text)
	return ["like", f"%{key}%"] if key else None


@frappe.whitelist(methods=["GET"])
def link_query(
	doctype: str,
	txt: str,
	searchfield: str = "name",
	start: int = 0,
	page_length: int = 10,
	filters: Any = None,
	as_dict: bool = False,
	**_further: Any,
) -> list:
	"""Rows (name, title, further fields that describe it) for link fields to a DocType of NAMES (hook `standard_queries`).

	Finds by name, title, search key and the DocType's search fields, and only what the user may read. Raises PermissionError for another
	DocType.
	"""
	if doctype not in NAMES:
		raise frappe.PermissionError
	meta = frappe.get_meta(doctype)
	further = [fieldname for fieldname in meta.get_search_fields() if fieldname not in ("name", meta.title_field)]
	or_filters = {fieldname: ["like", f"%{txt}%"] for fieldname in ("name", meta.title_field, *further) if txt}
	if key := found_by(txt):
		or_filters["search_key"] = key
	return frappe.get_list(
		doctype,
		filters=filters or {},
		or_filters=or_filters,
		fields=["name", f"{meta.title_field} as label", *further],
		order_by=f"{meta.title_field} asc, name asc",
		limit_start=start,
		limit_page_length=page_length,
		as_list=not as_dict,
	)
