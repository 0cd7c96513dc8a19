"""Visibility of programmes: draft (`is_draft`, never active), running (`is_active`) or over (neither).

Only the office sees a draft and its records until it is opened. All lists of programmes come from this module.
"""

import frappe

from kyodo_frappe.permissions.reading_cache import cached_while_reading
from kyodo_frappe.permissions.roles import MANAGER, OFFICER

PROGRAMME = "Kyodo Programme"
EDITING_ROLES = (MANAGER, OFFICER)


def drafts() -> list[str]:
	"""Return the programmes that have not been opened yet, cached for the request."""
	if getattr(frappe.local, "kyodo_drafts", None) is None:
		frappe.local.kyodo_drafts = _read_drafts()
	return frappe.local.kyodo_drafts


def _read_drafts() -> list[str]:
	if not frappe.get_meta(PROGRAMME).has_field("is_draft"):  # before the migration that adds it
		return []
	return frappe.get_all(PROGRAMME, {"is_draft": 1}, pluck="name", order_by="name")


def clear_cache():
	"""Drop the cached drafts, after a programme was created, opened, renamed or deleted."""
	frappe.local.kyodo_drafts = None


def is_draft(programme: str | None) -> bool:
	"""Whether a programme has not been opened yet."""
	return bool(programme) and programme in drafts()


@cached_while_reading
def running() -> list[str]:
	"""Return the active programmes, oldest first."""
	return frappe.get_all(PROGRAMME, {"is_active": 1}, pluck="name", order_by="creation asc")


def first() -> str | None:
	"""Return the oldest active programme, the default for records without one."""
	return frappe.db.get_value(PROGRAMME, {"is_active": 1}, "name", order_by="creation asc")


def check_visible(programme: str | None):
	"""Raise DoesNotExistError for a draft that the user may not see."""
	if is_draft(programme) and not set(EDITING_ROLES) & set(frappe.get_roles()):
		raise frappe.DoesNotExistError


def without_drafts(fieldname: str = "programme") -> dict:
	"""Return filters that exclude records of drafts."""
	return {fieldname: ["not in", drafts()]} if drafts() else {}


def draft_field(doctype: str) -> str | None:
	"""Return the field that links a DocType to its programme, or None."""
	if doctype == PROGRAMME:
		return "name"
	field = frappe.get_meta(doctype).get_field("programme")
	return "programme" if field and field.options == PROGRAMME else None
