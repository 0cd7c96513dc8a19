"""Which programmes there are, for whom. One that is being set up is a draft: nobody but the office sees it or anything of it
until it is opened. Whoever asks for programmes asks here.

A programme is a draft (`is_draft`, never active), running (`is_active`), or over (neither).
"""

import frappe

from kyodo_frappe.permissions.roles import MANAGER, OFFICER

PROGRAMME = "Kyodo Programme"
PREPARES = (MANAGER, OFFICER)


def drafts() -> list[str]:
	"""The programmes that have not been opened yet; read once for a request."""
	if getattr(frappe.local, "kyodo_drafts", None) is None:
		frappe.local.kyodo_drafts = _read_drafts()
	return frappe.local.kyodo_drafts


def _read_drafts() -> list[str]:
	if not frappe.get_meta(PROGRAMME).has_field("is_draft"):  # before the migrate that brings it
		return []
	return frappe.get_all(PROGRAMME, {"is_draft": 1}, pluck="name", order_by="name")


def forget():
	"""A programme was made, opened, renamed or deleted."""
	frappe.local.kyodo_drafts = None


def is_draft(programme: str | None) -> bool:
	return bool(programme) and programme in drafts()


def running() -> list[str]:
	"""The programmes that take part now, the first one made first."""
	return frappe.get_all(PROGRAMME, {"is_active": 1}, pluck="name", order_by="creation asc")


def first() -> str | None:
	"""The programme of what names none."""
	return frappe.db.get_value(PROGRAMME, {"is_active": 1}, "name", order_by="creation asc")


def check_seen(programme: str | None):
	"""Raise DoesNotExistError for a draft, to who does not prepare it: as for a programme that there is not."""
	if is_draft(programme) and not set(PREPARES) & set(frappe.get_roles()):
		raise frappe.DoesNotExistError


def without_drafts(fieldname: str = "programme") -> dict:
	"""Filters that leave out what belongs to a draft."""
	return {fieldname: ["not in", drafts()]} if drafts() else {}


def draft_field(doctype: str) -> str | None:
	"""The field by which a record of this kind belongs to a programme."""
	if doctype == PROGRAMME:
		return "name"
	field = frappe.get_meta(doctype).get_field("programme")
	return "programme" if field and field.options == PROGRAMME else None
