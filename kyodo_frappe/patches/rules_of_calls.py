"""What calls may say of their own binds with the rules of the programme, too: the kept versions get it as it was meant until now,
neither asked for nor limited."""

import json

import frappe

from kyodo_frappe.programme import call_rules, versions


def execute():
	silent = dict.fromkeys(call_rules.BINDING, 0) | dict.fromkeys(("based_in", "closing_hour"), None)
	for version in frappe.get_all(versions.VERSION, fields=["name", "rules"], order_by="name"):
		versions.rewrite(version.name, {**silent, **json.loads(version.rules)})
