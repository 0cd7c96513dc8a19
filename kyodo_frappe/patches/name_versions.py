"""Versions of a programme's rules that were kept before they had a title are given one."""

import frappe

from kyodo_frappe.programme.versions import VERSION, title_of


def execute():
	unnamed = {"version_title": ["is", "not set"]}
	for row in frappe.get_all(VERSION, unnamed, ["name", "programme", "number"], order_by="name"):
		frappe.db.set_value(VERSION, row.name, "version_title", title_of(row.programme, row.number), update_modified=False)
