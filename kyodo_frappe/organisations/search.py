"""Finding organisations by name in every spelling: the stored keys, and the search of link fields in the desk."""

from typing import Any

import frappe

from kyodo_frappe.rules.textkeys import name_key, stored_search_key

DOCTYPE = "Kyodo Organisation"
MAX_SEARCH_KEY = 500
MAX_NAME_KEY = 140


def keys_of(name: str | None, kana: str | None = None) -> tuple[str, str]:
	"""(search_key, name_key) of an organisation, as its record stores them."""
	return stored_search_key(name, kana)[:MAX_SEARCH_KEY], name_key(name)[:MAX_NAME_KEY]


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
	"""Rows (name, name of the organisation, its reading) for link fields (hook `standard_queries`).

	Frappe's own search compares what was typed character by character, and would not find 髙橋 by 高橋. Only what the user may read.
	"""
	or_filters = {"name": ["like", f"%{txt}%"], "corporate_number": ["like", f"%{txt}%"], "search_key": found_by(txt)} if txt else {}
	return frappe.get_list(
		DOCTYPE,
		filters=filters or {},
		or_filters={field: value for field, value in or_filters.items() if value},
		fields=["name", "organisation_name as label", "organisation_kana"],
		order_by="organisation_kana asc, organisation_name asc",
		limit_start=start,
		limit_page_length=page_length,
		as_list=not as_dict,
	)
