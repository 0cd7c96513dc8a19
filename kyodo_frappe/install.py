"""Set up what the app needs on a site besides its DocTypes. `uninstall.py` mirrors this module."""

import frappe

from kyodo_frappe.accounts import landing
from kyodo_frappe.common import fulltext, indexes, vocabulary
from kyodo_frappe.messages import templates
from kyodo_frappe.permissions import role_links
from kyodo_frappe.permissions.roles import create_roles
from kyodo_frappe.programme import list_filters
from kyodo_frappe.web import front_page
from kyodo_frappe.workflows import boards
from kyodo_frappe.workflows.fields import create_state_fields
from kyodo_frappe.workflows.sync import record_created, sync_workflows

ACTIVITY_FIELD = "Kyodo Activity Field"


def before_install():
	"""Create the roles before the DocTypes: Frappe would give desk access to each role that a DocPerm names."""
	create_roles()


def after_install():
	"""Set up a new site."""
	after_migrate()
	front_page.take()


def before_migrate():
	"""Remember the fields of activity that people of the city have changed: Frappe's fixtures overwrite them at each migration."""
	changed = {"modified_by": ["!=", "Administrator"]}
	columns = [column for column in ("label_text", "icon") if frappe.db.has_column(ACTIVITY_FIELD, column)]  # as of an older version
	frappe.flags.kyodo_activity_fields = frappe.get_all(ACTIVITY_FIELD, changed, ["name", "modified_by", *columns], order_by="name")


def _restore_activity_fields():
	for row in frappe.flags.kyodo_activity_fields or ():
		frappe.db.set_value(ACTIVITY_FIELD, row.pop("name"), row, update_modified=False)


def after_migrate():
	"""Bring a site up to date with the app's roles, workflows, templates and vocabulary; repeatable."""
	_restore_activity_fields()
	create_roles()
	create_state_fields()
	sync_workflows()
	boards.sync()
	role_links.apply()
	templates.sync()
	vocabulary.sync()
	list_filters.sync()
	_set_property("Workflow State", "translated_doctype")  # Frappe would show and search states by their English names
	_set_property("User", "show_title_field_in_link")  # names of people instead of their mail addresses
	_set_default_currency()
	landing.make_module_profile()
	indexes.sync()
	fulltext.refresh_empty()


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
