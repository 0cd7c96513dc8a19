"""What a programme and its calls may declare of the way: kept versions get it as it was until now, and programmes its messages."""

import json

import frappe

from kyodo_frappe.messages import rows, templates
from kyodo_frappe.programme import call_rules, presets, versions


def execute():
	silent = dict.fromkeys(call_rules.AFTER_HANDING_IN, 0)
	for version in frappe.get_all(versions.VERSION, fields=["name", "rules"], order_by="name"):
		versions.rewrite(version.name, {**silent, **json.loads(version.rules)})
	templates.sync()
	for programme in frappe.get_all("Kyodo Programme", ["name", "preset"], order_by="name"):
		_add_messages(programme)


def _add_messages(programme: dict):
	doc = frappe.get_doc("Kyodo Programme", programme.name)
	with presets.keep_mark(programme.preset, programme.name, "messages"):
		if rows.add_missing(doc):
			doc.update_children()
	frappe.clear_document_cache("Kyodo Programme", programme.name)
