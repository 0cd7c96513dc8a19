"""Remove what `install.py` and the app's use have added to a site outside its DocTypes.

This happens before Frappe drops the tables: it commits then, and changes of an after-hook would be lost on v15.
"""

import re

import frappe

from kyodo_frappe.accounts import landing
from kyodo_frappe.common import fulltext
from kyodo_frappe.common.removal import remove_records
from kyodo_frappe.front import own_calendar
from kyodo_frappe.messages import templates
from kyodo_frappe.permissions import role_links
from kyodo_frappe.permissions.record_rules import RECORD_RULES
from kyodo_frappe.permissions.roles import DESK_ACCESS, SECOND_FACTOR
from kyodo_frappe.web import front_page, phrases
from kyodo_frappe.workflows import boards
from kyodo_frappe.workflows.fields import delete_state_fields
from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.sync import STORE


def before_uninstall():
	"""Remove the app's records and everything else that it has added to the site."""
	for doctype in RECORD_RULES:
		remove_records(doctype)
	_delete_workflows()
	boards.remove()
	delete_state_fields()
	_delete_masters()
	templates.remove()
	phrases.remove()
	front_page.give_back()
	landing.remove_module_profile()
	_delete_desktop()
	role_links.withdraw()
	_delete_roles()
	_delete_series()
	_delete_property_setter()
	fulltext.forget_changes()
	fulltext.remove()
	frappe.db.delete("DefaultValue", {"parent": ["in", (STORE, own_calendar.STORE)]})


def after_uninstall():
	"""Clear the site's cache."""
	frappe.clear_cache()


def _delete_workflows():
	for doctype in specs():
		for name in frappe.get_all("Workflow", {"document_type": doctype}, pluck="name", order_by="name"):
			# run by the administrator
			frappe.delete_doc("Workflow", name, force=True, ignore_permissions=True)


def _delete_masters():
	"""Delete workflow states and actions that the app has created, unless another workflow uses them."""
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
				# run by the administrator
				frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)


def _delete_desktop():
	"""Delete the desktop icon and sidebar (v16), which Frappe leaves behind.

	A second installation would reuse them without the roles that `_delete_roles` removes.
	"""
	for doctype in ("Desktop Icon", "Workspace Sidebar"):
		if frappe.db.table_exists(doctype) and frappe.db.has_column(doctype, "app"):
			for name in frappe.get_all(doctype, {"app": "kyodo_frappe"}, pluck="name", order_by="name"):
				# run by the administrator
				frappe.delete_doc(doctype, name, force=True, ignore_permissions=True)


def _delete_property_setter():
	made = frappe.get_all(
		"DefaultValue", {"parent": STORE, "defkey": ["like", "created:Property Setter:%"]}, pluck="defkey", order_by="name"
	)
	for key in made:
		doctype, _of, name = key.removeprefix("created:Property Setter:").rpartition("-main-")
		frappe.db.delete("Property Setter", {"doc_type": doctype, "property": name})
		frappe.clear_cache(doctype=doctype)


def _delete_roles():
	for role in (*DESK_ACCESS, SECOND_FACTOR):
		frappe.db.delete("Has Role", {"role": role})
		frappe.db.delete("Custom DocPerm", {"role": role})
		if frappe.db.exists("Role", role):
			# run by the administrator
			frappe.delete_doc("Role", role, force=True, ignore_permissions=True)


def _delete_series():
	"""Delete the counters of naming series, so that numbering begins at 1 after another installation."""
	prefixes = [re.split(r"\.", frappe.get_meta(doctype).autoname or "")[0] for doctype in RECORD_RULES]
	prefixes = [prefix for prefix in prefixes if prefix.endswith("-")] + ["kyodo-letter:"]
	series = frappe.qb.DocType("Series")
	for prefix in prefixes:
		frappe.qb.from_(series).delete().where(series.name.like(f"{prefix}%")).run()
