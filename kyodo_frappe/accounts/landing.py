"""Where people of the city's staff begin in the desk, and what of Frappe's own is left out for those who build nothing there."""

import frappe
from frappe.model.document import Document

from kyodo_frappe.permissions.roles import DESK_ACCESS, IMPLICIT_ROLES
from kyodo_frappe.web import desk
from kyodo_frappe.workflows.sync import STORE, record_created

PROFILES, MODULE_PROFILE, OUR_MODULE = "Module Profile", "Kyodo", "Kyodo Frappe"


def on_session_creation(login_manager):
	"""Lead people of the city to the page of the day, unless their login names another place (hook of Frappe's login)."""
	if desk.works_there() and frappe.local.response.get("home_page"):
		frappe.local.response["home_page"] = desk.address()


def extend_bootinfo(bootinfo: dict):
	"""Leave sidebars and their icons out of the desk of v16: of blocked modules, which it shows all the same, and those that it generates of
	our workspaces beside the sidebar of this app, which has everything in one order."""
	user = frappe.get_cached_doc("User", frappe.session.user)
	blocked = set(user.get_blocked_modules()) if user.module_profile == MODULE_PROFILE else set()
	sidebars = bootinfo.get("workspace_sidebar_item") or {}
	hidden = {name for name, sidebar in sidebars.items() if sidebar.get("module") in blocked or _is_generated(sidebar)}
	if hidden:
		bootinfo["workspace_sidebar_item"] = {name: sidebar for name, sidebar in sidebars.items() if name not in hidden}
		icons = bootinfo.get("desktop_icons") or []
		bootinfo["desktop_icons"] = [icon for icon in icons if (icon.get("label") or "").lower() not in hidden]


def _is_generated(sidebar: dict) -> bool:
	return sidebar.get("module") == OUR_MODULE and not sidebar.get("app")


def hide_builders_tools(user: Document, method: str | None = None):
	"""Give a login of ours alone the module profile without Frappe's own workspaces, and take it back with other roles (doc_events).

	A login with a profile or blocked modules of its own keeps them, and so do logins with roles of Frappe or of other apps.
	"""
	only_ours = is_only_ours([row.role for row in user.roles])
	if only_ours and not user.module_profile and not user.block_modules and frappe.db.exists(PROFILES, MODULE_PROFILE):
		user.module_profile = MODULE_PROFILE
	elif not only_ours and user.module_profile == MODULE_PROFILE:
		user.module_profile = None
		user.set("block_modules", [])


def is_only_ours(roles: list[str]) -> bool:
	"""Whether somebody works at the desk with roles of this app and no other ones."""
	own = set(roles) - IMPLICIT_ROLES
	return bool(own) and own <= set(DESK_ACCESS) and any(DESK_ACCESS[role] for role in own)


def make_module_profile():
	"""Make the module profile once, and give it to the logins of ours; a city that changes or deletes it keeps its own way."""
	if frappe.db.exists("DefaultValue", {"parent": STORE, "defkey": f"created:{PROFILES}:{MODULE_PROFILE}"}):
		return
	if frappe.db.exists(PROFILES, MODULE_PROFILE):  # the city's own
		return
	record_created(PROFILES, MODULE_PROFILE)
	blocked = frappe.get_all("Module Def", {"app_name": "frappe"}, pluck="name", order_by="name")
	profile = {"doctype": PROFILES, "module_profile_name": MODULE_PROFILE, "block_modules": [{"module": name} for name in blocked]}
	frappe.get_doc(profile).insert(ignore_permissions=True)  # run by the installer
	for name in _logins_with_our_roles():
		user = frappe.get_doc("User", name)
		hide_builders_tools(user)
		if user.module_profile == MODULE_PROFILE:
			user.validate_allowed_modules()
			user.db_set("module_profile", MODULE_PROFILE, update_modified=False)
			for row in user.block_modules:
				row.update({"parent": name, "parenttype": "User", "parentfield": "block_modules"})
				row.db_insert()


def remove_module_profile():
	"""Undo `make_module_profile`: logins see Frappe's workspaces again."""
	for name in frappe.get_all("User", {"module_profile": MODULE_PROFILE}, pluck="name", order_by="name"):
		frappe.db.set_value("User", name, "module_profile", None, update_modified=False)
		frappe.db.delete("Block Module", {"parenttype": "User", "parent": name})
	if frappe.db.exists("DefaultValue", {"parent": STORE, "defkey": f"created:{PROFILES}:{MODULE_PROFILE}"}):
		# run by the administrator
		frappe.delete_doc(PROFILES, MODULE_PROFILE, force=True, ignore_permissions=True, ignore_missing=True)


def _logins_with_our_roles() -> list[str]:
	roles = [role for role, at_desk in DESK_ACCESS.items() if at_desk]
	rows = frappe.get_all("Has Role", {"parenttype": "User", "role": ["in", roles]}, pluck="parent", order_by="parent")
	return list(dict.fromkeys(rows))
