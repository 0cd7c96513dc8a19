"""Programmes get the message with the link to log in; the site gets the role of those who want a second factor."""

import frappe

from kyodo_frappe.messages import rows, templates
from kyodo_frappe.permissions.roles import create_roles
from kyodo_frappe.programme import presets

PROGRAMME = "Kyodo Programme"


def execute():
	create_roles()
	templates.sync()
	for programme in frappe.get_all(PROGRAMME, ["name", "preset"], order_by="name"):
		doc = frappe.get_doc(PROGRAMME, programme.name)
		with presets.keep_mark(programme.preset, programme.name, "messages"):
			if rows.add_missing(doc):
				doc.update_children()
		frappe.clear_document_cache(PROGRAMME, programme.name)
