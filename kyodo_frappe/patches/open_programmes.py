"""Programmes that were there before there were drafts have been opened: the running ones, and those that are over."""

import frappe

from kyodo_frappe.permissions import openings


def execute():
	for row in frappe.get_all("Kyodo Programme", {"opened_on": ["is", "not set"]}, ["name", "creation"], order_by="name"):
		frappe.db.set_value("Kyodo Programme", row.name, "opened_on", frappe.utils.getdate(row.creation), update_modified=False)
	openings.forget()
