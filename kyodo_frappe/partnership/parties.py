"""The two sides of a project: which one a login writes for, and who is notified on each.

The city's side is the section in charge, the other side the organisations of the project. A member of one of these never
acts for the city in it. The office follows both and is no side.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe import messages
from kyodo_frappe.common.queries import among
from kyodo_frappe.messages import people
from kyodo_frappe.partnership.errors import MemberOfOrganisation, NotYourSide
from kyodo_frappe.permissions import reading_cache
from kyodo_frappe.permissions.attachments import without_messages
from kyodo_frappe.permissions.people import WRITERS, organisations_of, sections_of
from kyodo_frappe.permissions.roles import MANAGER, OFFICER
from kyodo_frappe.workflows import locking
from kyodo_frappe.workflows.guard import changed_fields

CITY = "City"
ORGANISATION = "Organisation"
OFFICE = "Office"
SIDES = (CITY, ORGANISATION)


def other(side: str) -> str:
	"""The opposite side."""
	return ORGANISATION if side == CITY else CITY


def organisations_in(project: Document) -> list[str]:
	"""The organisations of a project, the leading one first."""
	names = [project.organisation, *(row.organisation for row in project.organisations)]
	return list(dict.fromkeys(filter(None, names)))


def side_of(project: Document, user: str | None = None) -> str | None:
	"""The side `user` writes for in a project; None for readers, the office and everybody else."""
	user = user or frappe.session.user
	own = set(organisations_in(project))
	if own & set(organisations_of(user)):
		return ORGANISATION if own & set(organisations_of(user, WRITERS)) else None
	return CITY if project.section and project.section in sections_of(user) else None


def check_side(project: Document) -> str:
	"""The side the user writes for. Raises NotYourSide if there is none."""
	if (side := side_of(project)) is None:
		frappe.throw(_("Only the section in charge and the organisation's representatives and editors can do this."), exc=NotYourSide)
	return side


def side_or_office(project: Document) -> str:
	"""The side the user acts for, or Office. Raises NotYourSide for everybody else."""
	if side := side_of(project):
		return side
	if OFFICER in frappe.get_roles() and not set(organisations_in(project)) & set(organisations_of(frappe.session.user)):
		return OFFICE
	return check_side(project)


def get_permitted(doctype: str, name: str, permission: str = "read", lock: bool = False) -> Document:
	"""A record named in a request. Raises PermissionError, with the same words for a missing record."""
	if lock:
		locking.lock((doctype, name))
	with without_messages():  # Frappe's own message would tell a missing record from a forbidden one
		doc = reading_cache.readable(doctype, name) if permission == "read" and not lock else _permitted(doctype, name, permission, lock)
	if doc is None:
		frappe.throw(_("This record does not exist, or you do not have access to it."), frappe.PermissionError)
	return doc


def _permitted(doctype: str, name: str, permission: str, lock: bool) -> Document | None:
	doc = frappe.get_doc(doctype, name, for_update=lock) if frappe.db.exists(doctype, name) else None
	return doc if doc is not None and doc.has_permission(permission) else None


def is_participant(project: Document) -> bool:
	"""Whether the user takes part in a project: both sides including readers, the office and the manager.

	Others who may read a project (committee, support centre) do not see its negotiation.
	"""
	user = frappe.session.user
	if set(organisations_in(project)) & set(organisations_of(user)) or project.section in sections_of(user):
		return True
	return bool({OFFICER, MANAGER} & set(frappe.get_roles(user)))


def check_participant(project: Document):
	"""Raise PermissionError for those who do not take part."""
	if not is_participant(project):
		raise frappe.PermissionError


def organisation_users(project: Document) -> set[str]:
	"""The users of all organisations of a project, none of whom decides for the office in it."""
	filters = {"parenttype": "Kyodo Organisation", "parent": among(organisations_in(project))}
	return set(frappe.get_all("Kyodo Organisation Member", filters, pluck="user", order_by="idx"))


def check_no_office_fields_of_own_project(record: Document, project: Document, fields: tuple[str, ...]):
	"""Raise MemberOfOrganisation if a member of the project's organisations changes one of the office's `fields`."""
	before = record.get_doc_before_save() or frappe.new_doc(record.doctype)
	if record.flags.kyodo_service or not set(fields) & set(changed_fields(record, before)):
		return
	check_not_member(project)


def check_not_member(project: Document):
	"""Raise MemberOfOrganisation for members of the project's organisations."""
	if frappe.session.user in organisation_users(project):
		frappe.throw(_("You belong to an organisation of this project, so a colleague has to do this."), exc=MemberOfOrganisation)


def recipients(project: Document, side: str) -> list[dict]:
	"""The active users who write for a side, as in `messages/people.py`."""
	if side == CITY:
		return people.officers_of(project.section)
	return [person for name in organisations_in(project) for person in people.members_of(name, WRITERS)]


def notify(event: str, record: Document, *sides: str, **facts):
	"""Send an event on a project, or on a record of one, to the given sides, or to both."""
	project = record if record.doctype == "Kyodo Project" else frappe.get_doc("Kyodo Project", record.project)
	to = [person for side in sides or SIDES for person in recipients(project, side)]
	messages.send(event, record, to=to, **facts)
