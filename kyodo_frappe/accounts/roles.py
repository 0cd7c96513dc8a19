"""Roles that come with being named in a section, an organisation or a committee."""

import frappe

from kyodo_frappe.common.queries import among
from kyodo_frappe.permissions import reading_cache
from kyodo_frappe.permissions.roles import COMMITTEE, ORGANISATION, SECTION

ROLE_OF_TABLE = {
	"Kyodo Section": ("officers", SECTION),
	"Kyodo Organisation": ("members", ORGANISATION),
	"Kyodo Committee": ("members", COMMITTEE),
}


def grant_roles(doc):
	"""Grant every user in the people table of `doc` its role. Roles are not revoked: record permissions follow the table."""
	reading_cache.forget()
	table, role = ROLE_OF_TABLE[doc.doctype]
	users = {user for row in doc.get(table) for user in (row.user, row.get("substitute_user")) if user}
	having = set(
		frappe.get_all(
			"Has Role",
			{"parenttype": "User", "role": role, "parent": among(sorted(users))},
			pluck="parent",
			order_by="parent",
		)
	)
	for user in sorted(users - having - {"Administrator", "Guest"}):
		if role == SECTION and frappe.db.get_value("User", user, "user_type") == "Website User":
			# the only one of the three with access to the desk, which an administrator grants
			continue
		account = frappe.get_doc("User", user)
		# the permission to write the table was checked on the record
		account.flags.ignore_permissions = True
		account.add_roles(role)
