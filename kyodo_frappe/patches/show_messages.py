"""Programmes that were made before messages had rows get them, as they were sent until now."""

import frappe

from kyodo_frappe.messages import rows, templates


def execute():
	templates.sync()
	for name in frappe.get_all("Kyodo Programme", pluck="name", order_by="name"):
		programme = frappe.get_doc("Kyodo Programme", name)
		if rows.complete(programme):
			programme.update_children()
			frappe.clear_document_cache(programme.doctype, name)
