"""Organisations get the keys by which every spelling of their names finds them (organisations/search.py)."""

import frappe

from kyodo_frappe.organisations import search


def execute():
	for row in frappe.get_all(
		search.DOCTYPE, fields=["name", "organisation_name", "organisation_kana", "search_key", "name_key"], order_by="name"
	):
		keys = search.keys_of(row.organisation_name, row.organisation_kana)
		if keys != (row.search_key, row.name_key):
			values = dict(zip(("search_key", "name_key"), keys))
			frappe.db.set_value(search.DOCTYPE, row.name, values, update_modified=False)
