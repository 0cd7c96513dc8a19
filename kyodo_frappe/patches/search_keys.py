"""Records that were made before get the keys by which every spelling of their names finds them (common/search.py)."""

import frappe

from kyodo_frappe.common import search
from kyodo_frappe.organisations import duplicates


def execute():
	for doctype, names in search.NAMES.items():
		for row in frappe.get_all(doctype, fields=["name", *names, "search_key"], order_by="name"):
			_store(doctype, row, search_key=search.key_of(doctype, row))
	for row in frappe.get_all(duplicates.DOCTYPE, fields=["name", "organisation_name", "name_key"], order_by="name"):
		_store(duplicates.DOCTYPE, row, name_key=duplicates.key_of(row.organisation_name))


def _store(doctype: str, row: dict, **keys: str):
	if any(row[fieldname] != key for fieldname, key in keys.items()):
		frappe.db.set_value(doctype, row.name, keys, update_modified=False)
