"""What the app adds to a site besides its DocTypes. `uninstall.py` mirrors this file."""

import frappe

from kyodo_frappe.permissions.roles import create_roles
from kyodo_frappe.workflows.sync import remember, sync_workflows


def before_install():
	# before the DocTypes: Frappe would make each role that a DocPerm names with desk access
	create_roles()


def after_install():
	after_migrate()


def after_migrate():
	create_roles()
	sync_workflows()
	_show_states_translated()


def _show_states_translated():
	"""States are links to Workflow State, shown and searched by their stable English names unless Frappe is told."""
	setter = {"doc_type": "Workflow State", "property": "translated_doctype"}
	if not frappe.db.exists("Property Setter", setter):
		remember("Property Setter", "Workflow State-main-translated_doctype")
		frappe.make_property_setter(
			{
				"doctype": "Workflow State",
				"doctype_or_field": "DocType",
				"property": "translated_doctype",
				"property_type": "Check",
				"value": "1",
			}
		)
