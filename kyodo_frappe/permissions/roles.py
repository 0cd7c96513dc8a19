"""The roles of design.md §3."""

import frappe

MANAGER = "Kyodo Manager"
OFFICER = "Kyodo Officer"
SECTION = "Kyodo Section Officer"
COMMITTEE = "Kyodo Committee Member"
SUPPORT = "Kyodo Support Staff"
ORGANISATION = "Kyodo Organisation Member"

DESK_ACCESS = {MANAGER: 1, OFFICER: 1, SECTION: 1, COMMITTEE: 0, SUPPORT: 0, ORGANISATION: 0}


def create_roles():
	"""Create the roles that are missing; those that exist belong to the site and stay as they are."""
	for role, desk_access in DESK_ACCESS.items():
		if not frappe.db.exists("Role", role):
			frappe.get_doc(
				{"doctype": "Role", "role_name": role, "desk_access": desk_access, "is_custom": 0}
			).insert(ignore_permissions=True)  # runs as the installer, before any permission exists
