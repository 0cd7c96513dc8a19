"""Takes back what `install.py` and our own work put into the site outside of our DocTypes."""

import frappe

from kyodo_frappe.permissions.roles import DESK_ACCESS
from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.sync import STORE


def before_uninstall():
	for doctype in specs():
		frappe.db.delete("Workflow Action", {"reference_doctype": doctype})
		for name in frappe.get_all("Workflow", {"document_type": doctype}, pluck="name", order_by="name"):
			frappe.delete_doc("Workflow", name, force=True, ignore_permissions=True)


def after_uninstall():
	_delete_masters()
	for role in DESK_ACCESS:
		frappe.db.delete("Has Role", {"role": role})
		frappe.db.delete("Custom DocPerm", {"role": role})
		if frappe.db.exists("Role", role):
			frappe.delete_doc("Role", role, force=True, ignore_permissions=True)
	frappe.db.delete("DefaultValue", {"parent": STORE})
	frappe.db.delete("Series", {"name": ["like", "kyodo-letter:%"]})
	frappe.clear_cache()


def _delete_masters():
	"""Workflow states and actions that we brought, unless another workflow has come to use them."""
	used = {
		"Workflow State": ("Workflow Document State", "state"),
		"Workflow Action Master": ("Workflow Transition", "action"),
	}
	for row in frappe.get_all("DefaultValue", {"parent": STORE}, ["defkey"], order_by="defkey"):
		kind, doctype, name = (*row.defkey.split(":", 2), "", "")[:3]
		if kind == "created" and doctype in used:
			table, field = used[doctype]
			if not frappe.db.exists(table, {field: name}):
				frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)
