"""What the app adds to a site besides its DocTypes. `uninstall.py` mirrors this file."""

import frappe

from kyodo_frappe.common import vocabulary
from kyodo_frappe.messages import templates
from kyodo_frappe.permissions import role_links
from kyodo_frappe.permissions.roles import create_roles
from kyodo_frappe.workflows.fields import create_state_fields
from kyodo_frappe.workflows.sync import record_created, sync_workflows


def before_install():
	# before the DocTypes: Frappe would make each role that a DocPerm names with desk access
	create_roles()


def after_install():
	after_migrate()


def after_migrate():
	create_roles()
	create_state_fields()
	sync_workflows()
	role_links.apply()
	templates.sync()
	vocabulary.sync()
	_show_states_translated()
	_count_in_yen()


def _show_states_translated():
	"""States are links to Workflow State, shown and searched by their stable English names unless Frappe is told."""
	setter = {"doc_type": "Workflow State", "property": "translated_doctype"}
	if not frappe.db.exists("Property Setter", setter):
		record_created("Property Setter", "Workflow State-main-translated_doctype")
		frappe.make_property_setter(
			{
				"doctype": "Workflow State",
				"doctype_or_field": "DocType",
				"property": "translated_doctype",
				"property_type": "Check",
				"value": "1",
			}
		)


def _count_in_yen():
	"""Amounts here are yen. Frappe's setup asks for no currency and then shows the first in the alphabet; a site that has
	chosen one keeps it."""
	if not frappe.db.get_default("currency"):
		frappe.db.set_default("currency", "JPY")
