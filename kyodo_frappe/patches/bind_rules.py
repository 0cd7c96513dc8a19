"""What was handed in or begun before versions were kept is bound to the rules as they are on the day of the upgrade."""

import frappe

from kyodo_frappe.services.programme_versions import current


def execute():
	for programme in frappe.get_all("Kyodo Programme", pluck="name", order_by="name"):
		version = current(programme)
		unbound = {"programme": programme, "programme_version": ["is", "not set"]}
		handed_in = {**unbound, "first_submitted_on": ["is", "set"]}
		frappe.db.set_value("Kyodo Proposal", handed_in, "programme_version", version, update_modified=False)
		frappe.db.set_value("Kyodo Project", unbound, "programme_version", version, update_modified=False)
