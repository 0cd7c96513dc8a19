"""Being named in a section, an organisation or a committee gives a login the role that goes with it."""

import frappe

from kyodo_frappe.permissions.roles import COMMITTEE, ORGANISATION, SECTION

ROLE_OF_TABLE = {
	"Kyodo Section": ("officers", SECTION),
	"Kyodo Organisation": ("members", ORGANISATION),
	"Kyodo Committee": ("members", COMMITTEE),
}


def grant_roles(doc):
	"""Give every user in the people table of `doc` its role. Roles are not taken away: doors follow the table."""
	table, role = ROLE_OF_TABLE[doc.doctype]
	users = {user for row in doc.get(table) for user in (row.user, row.get("substitute_user")) if user}
	having = set(
		frappe.get_all(
			"Has Role",
			{"parenttype": "User", "role": role, "parent": ["in", sorted(users) or [""]]},
			pluck="parent",
			order_by="parent",
		)
	)
	for user in sorted(users - having - {"Administrator", "Guest"}):
		if role == SECTION and frappe.db.get_value("User", user, "user_type") == "Website User":
			# the only one of the three that opens the desk: an administrator makes such a login on purpose
			continue
		account = frappe.get_doc("User", user)
		# who may write the table has been checked on the record itself
		account.flags.ignore_permissions = True
		account.add_roles(role)
