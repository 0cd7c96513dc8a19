"""Requests for payment, early starts, and thresholds for reductions are new. Programmes get the rows of their messages; they and the
kept versions of their rules are completed as they were meant until now: reductions like additions, spending from the start of the project,
advances up to the whole grant."""

import json

import frappe

from kyodo_frappe.messages import rows, templates
from kyodo_frappe.programme import versions

REDUCTIONS = ("change_threshold_down", "change_threshold_category_down", "change_threshold_amount_down")
BOUND = {**dict.fromkeys(REDUCTIONS, 0), "counts_from_decision": 0, "advance_most": 100}


def execute():
	templates.sync()
	for name in frappe.get_all("Kyodo Programme", pluck="name", order_by="name"):
		frappe.db.set_value("Kyodo Programme", name, BOUND, update_modified=False)
		frappe.clear_document_cache("Kyodo Programme", name)
		programme = frappe.get_doc("Kyodo Programme", name)
		if rows.add_missing(programme):
			programme.update_children()
			frappe.clear_document_cache(programme.doctype, name)
	for version in frappe.get_all(versions.VERSION, fields=["name", "rules"], order_by="name"):
		rules = json.loads(version.rules)
		if BOUND.keys() - rules.keys():
			versions.rewrite(version.name, {**BOUND, **rules})
