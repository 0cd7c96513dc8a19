"""What was handed in or begun before versions were kept is bound to the rules as they are on the day of the upgrade."""

import frappe

from kyodo_frappe.programme.versions import current_version


def execute():
	for programme in frappe.get_all("Kyodo Programme", pluck="name", order_by="name"):
		version = current_version(programme)
		unbound = {"programme": programme, "programme_version": ["is", "not set"]}
		_bind("Kyodo Proposal", {**unbound, "first_submitted_on": ["is", "set"]}, version)
		_bind("Kyodo Project", unbound, version)


def _bind(doctype: str, filters: dict, version: str):
	# found first: as a condition of an UPDATE, v16 compares the day with an empty text, which MariaDB refuses
	names = frappe.get_all(doctype, filters=filters, pluck="name", order_by="name")
	if names:
		frappe.db.set_value(doctype, {"name": ["in", names]}, "programme_version", version, update_modified=False)
