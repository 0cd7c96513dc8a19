"""Programmes that were made before messages had rows get them, as they were sent until now. What rang the bell as a
Notification of Frappe's is a message now; one that the city had switched off stays switched off."""

import frappe

from kyodo_frappe.messages import rows, templates

NOTIFICATIONS = {
	"Kyodo Change Notice Handed In": "Change Notice Handed In",
	"Kyodo Organisation Applied": "Organisation Handed In",
	"Kyodo Proposal Handed In": "Proposal Handed In",
	"Kyodo Proposal Objection": "Consent Objection",
	"Kyodo Report Due Soon": "Report Due",
}


def execute():
	silent = _silenced()
	templates.sync()
	for name in frappe.get_all("Kyodo Programme", pluck="name", order_by="name"):
		programme = frappe.get_doc("Kyodo Programme", name)
		if rows.add_missing(programme):
			for row in programme.messages:
				if row.event in silent and row.channel == "Desk":
					row.enabled = 0
			programme.update_children()
			frappe.clear_document_cache(programme.doctype, name)


def _silenced() -> set[str]:
	"""The messages whose notification was switched off; the notifications go."""
	silent = set()
	for name, event in NOTIFICATIONS.items():
		if frappe.db.exists("Notification", name):
			if not frappe.db.get_value("Notification", name, "enabled"):
				silent.add(event)
			# migrate runs it; without developer mode Frappe keeps standard notifications from being deleted by hand
			frappe.delete_doc("Notification", name, force=True, ignore_permissions=True)
	return silent
