"""What the app adds to a site besides its DocTypes. `uninstall.py` mirrors this file."""

import frappe

from kyodo_frappe.permissions.roles import create_roles
from kyodo_frappe.workflows.sync import sync_workflows


def before_install():
	# before the DocTypes: Frappe would make each role that a DocPerm names with desk access
	create_roles()


def after_install():
	after_migrate()


def after_migrate():
	create_roles()
	sync_workflows()
