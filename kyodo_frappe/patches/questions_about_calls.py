"""Programmes get the messages about questions on the page of a call."""

import frappe

from kyodo_frappe.messages import rows, templates
from kyodo_frappe.programme import presets


def execute():
	templates.sync()
	for name in frappe.get_all("Kyodo Programme", pluck="name", order_by="name"):
		doc = frappe.get_doc("Kyodo Programme", name)
		with presets.keep_mark(doc.preset, name, "messages"):
			if rows.add_missing(doc):
				doc.update_children()
		frappe.clear_document_cache("Kyodo Programme", name)
