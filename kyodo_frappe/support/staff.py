"""Who works at the support centre, and the programme of its records (domain.md §1, §3)."""

import frappe

from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.roles import OFFICER, SUPPORT, require

ORGANISATION = "Kyodo Organisation"


def require_centre():
	"""Raise PermissionError unless the current user works at the support centre or in the office."""
	require(SUPPORT, OFFICER)


def is_centre_staff() -> bool:
	"""Return whether the current user works at the support centre or in the office."""
	return bool({SUPPORT, OFFICER} & set(frappe.get_roles()))


def default_programme(organisation: str | None = None) -> str | None:
	"""Return the programme of a new record: the organisation's, else the oldest running one."""
	own = frappe.db.get_value(ORGANISATION, organisation, "programme") if organisation else None
	return own or programme_visibility.first()
