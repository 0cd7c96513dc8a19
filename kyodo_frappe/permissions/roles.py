"""The roles of this app (design.md §3)."""

import frappe
from frappe import _

MANAGER = "Kyodo Manager"
OFFICER = "Kyodo Officer"
SECTION = "Kyodo Section Officer"
COMMITTEE = "Kyodo Committee Member"
SUPPORT = "Kyodo Support Staff"
ORGANISATION = "Kyodo Organisation Member"

# opens nothing: who takes it logs in with a second factor where the site has one (accounts/second_factor.py)
SECOND_FACTOR = "Kyodo Second Factor"

PORTAL = (COMMITTEE, SUPPORT, ORGANISATION)
IMPLICIT_ROLES = {"All", "Guest", "Desk User", SECOND_FACTOR}
DESK_ACCESS = {MANAGER: 1, OFFICER: 1, SECTION: 1, COMMITTEE: 0, SUPPORT: 0, ORGANISATION: 0}


LINK = "Kyodo Role Link"
LINKED_RIGHTS = ("select", "read", "print", "report", "export")


def links() -> dict[str, str]:
	"""Return {role of the city: linked role of this app} (role_links.py), cached for the request."""
	if getattr(frappe.local, "kyodo_role_links", None) is None:
		frappe.local.kyodo_role_links = _read_links()
	return frappe.local.kyodo_role_links


def _read_links() -> dict[str, str]:
	if not frappe.db.table_exists(LINK):  # before the migration that creates it
		return {}
	return {row.role: row.kyodo_role for row in frappe.get_all(LINK, fields=["role", "kyodo_role"], order_by="role")}


def create_roles():
	"""Create missing roles. Existing ones belong to the site and stay unchanged."""
	for role, desk_access in DESK_ACCESS.items():
		if not frappe.db.exists("Role", role):
			frappe.get_doc({"doctype": "Role", "role_name": role, "desk_access": desk_access, "is_custom": 0}).insert(
				ignore_permissions=True
			)  # runs as the installer, before any permission exists
	if not frappe.db.exists("Role", SECOND_FACTOR):
		role = {"doctype": "Role", "role_name": SECOND_FACTOR, "desk_access": 0, "two_factor_auth": 1, "is_custom": 0}
		frappe.get_doc(role).insert(ignore_permissions=True)  # as above


def require(*roles: str):
	"""Raise PermissionError unless the current user has one of `roles`.

	`frappe.only_for` passes everybody while tests run, so no test could see it fail.
	"""
	if not set(roles) & set(frappe.get_roles()):
		frappe.throw(_("Only {0} may do this.").format(_(", ").join(_(role) for role in roles)), frappe.PermissionError)


def is_portal_user(user: str) -> bool:
	"""Whether a user works in the portal only.

	True for users without any role, users with portal roles only, and Website Users with a portal or linked role. Users of
	other apps have those apps' roles.
	"""
	if user in ("Guest", "Administrator"):
		return False
	roles = set(frappe.get_roles(user)) - IMPLICIT_ROLES
	if not roles & set(PORTAL):
		return not roles or (bool(roles & set(links())) and is_website_user(user))
	return roles <= set(PORTAL) or is_website_user(user)


def is_website_user(user: str) -> bool:
	"""Whether Frappe denies a user access to the desk."""
	return frappe.get_cached_value("User", user, "user_type") == "Website User"


def may_publish(user: str) -> bool:
	"""Whether a user may upload public files: the office, System Managers, and desk users of other apps."""
	roles = set(frappe.get_roles(user))
	if user == "Guest" or is_portal_user(user):
		return False
	return bool(roles & {MANAGER, OFFICER, "System Manager"}) or not roles & set(DESK_ACCESS)
