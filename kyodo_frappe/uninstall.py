"""Takes back what `install.py` and our own work put into the site outside of our DocTypes.

All of it before Frappe drops the tables: it commits then, and what an after-hook does would be lost (v15).
"""

import re

import frappe

from kyodo_frappe.common.removal import remove_records
from kyodo_frappe.messages import templates
from kyodo_frappe.permissions import role_links
from kyodo_frappe.permissions.record_rules import RECORD_RULES
from kyodo_frappe.permissions.roles import DESK_ACCESS
from kyodo_frappe.web import phrases
from kyodo_frappe.workflows.fields import delete_state_fields
from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.sync import STORE


def before_uninstall():
	for doctype in RECORD_RULES:
		remove_records(doctype)
	_delete_workflows()
	delete_state_fields()
	_delete_masters()
	templates.remove()
	phrases.remove()
	_delete_desktop()
	role_links.withdraw()
	_delete_roles()
	_delete_series()
	_delete_property_setter()
	frappe.db.delete("DefaultValue", {"parent": STORE})


def after_uninstall():
	frappe.clear_cache()


def _delete_workflows():
	for doctype in specs():
		for name in frappe.get_all("Workflow", {"document_type": doctype}, pluck="name", order_by="name"):
			# uninstalling is the administrator's act, here and below
			frappe.delete_doc("Workflow", name, force=True, ignore_permissions=True)


def _delete_masters():
	"""Workflow states and actions that we brought, unless another workflow has come to use them."""
	used = {
		"Workflow State": ("Workflow Document State", "state"),
		"Workflow Action Master": ("Workflow Transition", "action"),
	}
	for key in frappe.get_all("DefaultValue", {"parent": STORE}, pluck="defkey", order_by="defkey"):
		kind, _colon, rest = key.partition(":")
		doctype, _colon, name = rest.partition(":")
		if kind == "created" and doctype in used:
			table, field = used[doctype]
			if not frappe.db.exists(table, {field: name}):
				# the administrator uninstalls
				frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)


def _delete_desktop():
	"""Our icon and sidebar of v16. Frappe leaves them, and a second installation would take them as they are: without
	the roles that go below."""
	for doctype in ("Desktop Icon", "Workspace Sidebar"):
		if frappe.db.table_exists(doctype) and frappe.db.has_column(doctype, "app"):
			for name in frappe.get_all(doctype, {"app": "kyodo_frappe"}, pluck="name", order_by="name"):
				# the administrator uninstalls
				frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)


def _delete_property_setter():
	if frappe.db.exists("DefaultValue", {"parent": STORE, "defkey": ["like", "created:Property Setter:%"]}):
		frappe.db.delete("Property Setter", {"doc_type": "Workflow State", "property": "translated_doctype"})
		frappe.clear_cache(doctype="Workflow State")


def _delete_roles():
	for role in DESK_ACCESS:
		frappe.db.delete("Has Role", {"role": role})
		frappe.db.delete("Custom DocPerm", {"role": role})
		if frappe.db.exists("Role", role):
			# the administrator uninstalls
			frappe.delete_doc("Role", role, force=True, ignore_permissions=True)


def _delete_series():
	"""Counters of our numbers, so that an app installed again begins at 1."""
	starts = [re.split(r"\.", frappe.get_meta(doctype).autoname or "")[0] for doctype in RECORD_RULES]
	starts = [start for start in starts if start.endswith("-")] + ["kyodo-letter:"]
	series = frappe.qb.DocType("Series")
	for start in starts:
		frappe.qb.from_(series).delete().where(series.name.like(f"{start}%")).run()
