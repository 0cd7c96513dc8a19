"""What the parts of the support centre share: who works there (domain.md §1, §3)."""

import frappe

from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.roles import OFFICER, SUPPORT, require

ORGANISATION = "Kyodo Organisation"


def require_centre():
	"""Raise PermissionError unless the current user works at the support centre or in the office."""
	require(SUPPORT, OFFICER)


def works_there() -> bool:
	return bool({SUPPORT, OFFICER} & set(frappe.get_roles()))


def programme_of(organisation: str | None = None) -> str | None:
	"""The programme that a new record belongs to: the organisation's, else the running one that was made first."""
	own = frappe.db.get_value(ORGANISATION, organisation, "programme") if organisation else None
	return own or programme_visibility.first()
