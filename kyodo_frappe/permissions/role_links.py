"""Links from the city's own roles to roles of this app, whose records they may read (Kyodo Role Link).

A link has three effects, which end with it: read permissions in the role permissions (Custom DocPerm), the record rules of
the linked role (hooks.py), and an entry among the roles of our workspaces, reports and pages. Users of such a role belong to no
section, committee or organisation, so rules that require membership open nothing to them.

Frappe ignores the role permissions of an app once a site has custom ones for a DocType. So ours are copied before a row is
added, updated at each migration as long as the city has not changed them, and removed with the last link.
"""

import hashlib
import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.permissions import get_all_perms
from frappe.utils import cint

from kyodo_frappe.permissions.access import matrix
from kyodo_frappe.permissions.errors import AppRoleNotLinkable, SystemRoleNotLinkable, WritingRoleNotLinkable
from kyodo_frappe.permissions.roles import DESK_ACCESS, IMPLICIT_ROLES, LINKED_RIGHTS, links

WRITING = ("write", "create", "delete", "submit", "cancel", "amend", "import", "share", "set_user_permissions")
SYSTEM_ROLES = {*IMPLICIT_ROLES, "Administrator", "System Manager", "Script Manager"}
SHOWN_BY_ROLE = ("Workspace", "Report", "Page", "Desktop Icon", "Workspace Sidebar")
_STORE = "__kyodo"  # as workflows/sync.py
_KEY = "docperms:"


# -- documentation ---------------------------------------------------------------------------


def as_markdown() -> str:
	"""Return the linked roles as a Markdown table, shown below that of access.py; "" without links."""
	rows = [f"| {role} | {_(ours)} |" for role, ours in links().items()]
	return "\n".join([f"| {_('Role of the City')} | {_('Reads like')} |", "|---|---|", *rows]) if rows else ""


# -- validation -------------------------------------------------------------------------------


def check(link: Document):
	"""Raise a subclass of RoleNotLinkable for a role of this app or of Frappe, and for one that may change our records."""
	if link.role in DESK_ACCESS:
		frappe.throw(
			_("“{0}” is a role of this app. Please choose a role that the city has created.").format(_(link.role)), AppRoleNotLinkable
		)
	if link.role in SYSTEM_ROLES:
		frappe.throw(
			_("“{0}” is a system role that many users have. Please choose a role that the city has created.").format(_(link.role)),
			SystemRoleNotLinkable,
		)
	if written := sorted(_(doctype) for doctype in _written(link.role)):
		frappe.throw(
			_(
				"“{0}” may already change records of this app ({1}), but a linked role is read-only. Please remove these permissions first, or choose another role."
			).format(_(link.role), _(", ").join(written)),
			WritingRoleNotLinkable,
		)


def _written(role: str) -> set[str]:
	"""Return the DocTypes of this app whose records a role may change."""
	ours = matrix()
	return {row.parent for row in get_all_perms(role) if row.parent in ours and any(cint(row.get(right)) for right in WRITING)}


# -- synchronisation ----------------------------------------------------------------------------


def apply(without: str | None = None):
	"""Synchronise role permissions, workspaces and reports with the links; also run at each migration.

	`without`: the role of a link that is being deleted. Permissions were checked when the link was saved or deleted.
	"""
	frappe.local.kyodo_role_links = None
	wanted = {role: ours for role, ours in links().items() if role != without}
	frappe.local.kyodo_role_links = wanted
	for doctype in matrix():
		_sync_permissions(doctype, wanted)
	_sync_shown_roles(wanted)
	frappe.clear_cache()  # once for all: each DocType whose cache is cleared is read anew


def withdraw():
	"""Remove all effects of the links before the app is uninstalled."""
	frappe.local.kyodo_role_links = {}
	for doctype in matrix():
		frappe.db.delete("Custom DocPerm", {"parent": doctype})
	_sync_shown_roles({})
	frappe.clear_cache()


def _sync_permissions(doctype: str, wanted: dict[str, str]):
	copied = frappe.db.get_value("DefaultValue", {"parent": _STORE, "defkey": _KEY + doctype}, "defvalue")
	told = json.loads(copied) if copied else {}
	own = _rows("Custom DocPerm", doctype, besides={*told.get("roles", ()), *wanted})
	standard = _rows("DocPerm", doctype)
	untouched = not own or _hash(own) == told.get("hash")
	if not wanted and not told:
		return
	for role in {*told.get("roles", ()), *wanted}:
		frappe.db.delete("Custom DocPerm", {"parent": doctype, "role": role})
	if untouched:
		frappe.db.delete("Custom DocPerm", {"parent": doctype})
		own = standard
	readers = _linked_rows(own, wanted)
	if readers:
		_insert(doctype, [*(standard if untouched else ()), *readers])
		mark = {"roles": sorted(wanted), "hash": _hash(standard) if untouched else None}
		frappe.defaults.set_default(_KEY + doctype, json.dumps(mark), _STORE)
	else:
		frappe.db.delete("DefaultValue", {"parent": _STORE, "defkey": _KEY + doctype})


def _linked_rows(rows: list[dict], wanted: dict[str, str]) -> list[dict]:
	"""Return the rows of linked roles, with the read permissions of the role that each is linked to."""
	return [
		{"role": role, "permlevel": row["permlevel"], **{right: row[right] for right in LINKED_RIGHTS if right in row}}
		for role, ours in wanted.items()
		for row in rows
		if row["role"] == ours and cint(row.get("read")) and not cint(row.get("if_owner"))
	]


def _rows(table: str, doctype: str, besides: set[str] = frozenset()) -> list[dict]:
	"""Return the role permissions of a DocType in `table` (DocPerm or Custom DocPerm) as plain dicts."""
	columns = [field.fieldname for field in frappe.get_meta("Custom DocPerm").fields if field.fieldtype in ("Check", "Int", "Link")]
	columns = [name for name in columns if name != "parent" and frappe.get_meta("DocPerm").has_field(name)]
	found = frappe.get_all(table, {"parent": doctype}, columns, order_by="permlevel, role, creation")
	return [dict(row) for row in found if row.role not in besides]


def _hash(rows: list[dict]) -> str:
	plain = sorted(json.dumps({key: str(row[key] or 0) for key in sorted(row)}) for row in rows)
	return hashlib.sha256("\n".join(plain).encode()).hexdigest()


def _insert(doctype: str, rows: list[dict]):
	for row in rows:
		place = {"doctype": "Custom DocPerm", "parent": doctype, "parenttype": "DocType", "parentfield": "permissions"}
		doc = frappe.get_doc({**place, **row})
		doc.set_new_name()
		doc.db_insert()  # saving each row would clear Frappe's caches every time


def _sync_shown_roles(wanted: dict[str, str]):
	"""Add the linked roles to our workspaces, reports and pages, which Frappe shows to the roles that they list."""
	former = frappe.get_all("DefaultValue", {"parent": _STORE, "defkey": ["like", "shown:%"]}, pluck="defkey", order_by="defkey")
	for key in former:
		frappe.db.delete("Has Role", {"name": key.partition(":")[2]})
		frappe.db.delete("DefaultValue", {"parent": _STORE, "defkey": key})
	for role, ours in wanted.items():
		named = frappe.get_all(
			"Has Role",
			{"role": ours, "parenttype": ["in", SHOWN_BY_ROLE]},
			["parent", "parenttype", "parentfield"],
			order_by="parenttype, parent",
		)
		for place in named:
			if not frappe.db.exists("Has Role", {**place, "role": role}):
				doc = frappe.get_doc({"doctype": "Has Role", "role": role, **place})
				doc.set_new_name()
				doc.db_insert()
				frappe.defaults.set_default(f"shown:{doc.name}", "1", _STORE)
