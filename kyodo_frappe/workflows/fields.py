"""Custom fields in the states of Frappe's Workflow, for what a state means (states.py).

They are optional and shown for our DocTypes only, because other apps of the site have workflows, too.
"""

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.states import CATEGORIES, CATEGORY, FROZEN, PUBLIC

STATE_ROW = "Workflow Document State"


def _lt(text: str) -> str:
	"""Mark a string for translation; Frappe translates it when it shows it."""
	return text


def create_state_fields():
	"""Create or update the custom fields."""
	create_custom_fields({STATE_ROW: _columns()}, update=True)


def delete_state_fields():
	"""Delete the custom fields with their values, when the app is uninstalled."""
	for column in _columns():
		if name := frappe.db.exists("Custom Field", {"dt": STATE_ROW, "fieldname": column["fieldname"]}):
			# runs during uninstall, as Administrator
			frappe.delete_doc("Custom Field", name, force=True, ignore_permissions=True)
	frappe.clear_cache(doctype=STATE_ROW)


def _columns() -> list[dict]:
	ours = frappe.as_json(sorted(specs()), indent=None)
	shown = {"depends_on": f"eval:{ours}.includes(parent.document_type)", "module": "Kyodo Frappe", "translatable": 0}
	after = ("allow_edit", CATEGORY, PUBLIC)
	return [{**column, **shown, "insert_after": previous} for column, previous in zip(_definitions(), after, strict=True)]


def _definitions() -> list[dict]:
	return [
		{
			"fieldname": CATEGORY,
			"label": _lt("Category of the state"),
			"fieldtype": "Select",
			"options": "\n".join(("", *CATEGORIES)),
			"description": _lt(
				"The meaning of the state. It determines under which group a record appears in lists, the portal and reports."
			),
		},
		{
			"fieldname": PUBLIC,
			"label": _lt("Public in this state"),
			"fieldtype": "Check",
			"default": "0",
			"description": _lt("Whether the public site shows records in this state, if they are published."),
		},
		{
			"fieldname": FROZEN,
			"label": _lt("Content frozen in this state"),
			"fieldtype": "Check",
			"default": "0",
			"description": _lt("Whether the content of records in this state can no longer be changed by anybody."),
		},
	]
