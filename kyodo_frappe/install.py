"""Set up what the app needs on a site besides its DocTypes. `uninstall.py` mirrors this module."""

import frappe

from kyodo_frappe.common import fulltext, vocabulary
from kyodo_frappe.messages import templates
from kyodo_frappe.permissions import role_links
from kyodo_frappe.permissions.roles import create_roles
from kyodo_frappe.web import front_page
from kyodo_frappe.workflows.fields import create_state_fields
from kyodo_frappe.workflows.sync import record_created, sync_workflows


def before_install():
	"""Create the roles before the DocTypes: Frappe would give desk access to each role that a DocPerm names."""
	create_roles()


def after_install():
	"""Set up a new site."""
	after_migrate()
	front_page.take()


def after_migrate():
	"""Bring a site up to date with the app's roles, workflows, templates and vocabulary; repeatable."""
	create_roles()
	create_state_fields()
	sync_workflows()
	role_links.apply()
	templates.sync()
	vocabulary.sync()
	_set_property("Workflow State", "translated_doctype")  # Frappe would show and search states by their English names
	_set_property("User", "show_title_field_in_link")  # names of people instead of their mail addresses
	_set_default_currency()
	if fulltext.is_empty():
		fulltext.refresh()


def _set_property(doctype: str, name: str):
	"""Switch a property of one of Frappe's DocTypes on, unless the site has set it."""
	if not frappe.db.exists("Property Setter", {"doc_type": doctype, "property": name}):
		record_created("Property Setter", f"{doctype}-main-{name}")
		frappe.make_property_setter(
			{"doctype": doctype, "doctype_or_field": "DocType", "property": name, "property_type": "Check", "value": "1"}
		)


def _set_default_currency():
	"""Set yen unless the site has a currency: Frappe's setup asks for none and then shows the alphabetically first one."""
	if not frappe.db.get_default("currency"):
		frappe.db.set_default("currency", "JPY")
