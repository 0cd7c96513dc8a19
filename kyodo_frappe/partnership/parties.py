"""Which side of the table a login sits on in a project, and how to reach the people of a side.

The city's side is the section in charge, the other one the organisations of the project. Who belongs to an organisation
of the project never speaks for the city in it. The office follows both and is no side of its own.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe import messages
from kyodo_frappe.messages import people
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
	"""The side across the table."""
	return ORGANISATION if side == CITY else CITY


def organisations_in(project: Document) -> list[str]:
	"""The organisations of a project, the first one first."""
	names = [project.organisation, *(row.organisation for row in project.organisations)]
	return list(dict.fromkeys(filter(None, names)))


def side_of(project: Document, user: str | None = None) -> str | None:
	"""The side `user` writes for in this project; None for readers, the office and strangers."""
	user = user or frappe.session.user
	own = set(organisations_in(project))
	if own & set(organisations_of(user)):
		return ORGANISATION if own & set(organisations_of(user, WRITERS)) else None
	return CITY if project.section and project.section in sections_of(user) else None


def check_side(project: Document) -> str:
	"""The side this login writes for. Raises PermissionError for who writes for none."""
	if (side := side_of(project)) is None:
		frappe.throw(_("Only the section in charge and those who write for the organisation may do this."), frappe.PermissionError)
	return side


def voice_of(project: Document) -> str:
	"""The side this login speaks for, or Office. Raises PermissionError for who has no say in the project."""
	if side := side_of(project):
		return side
	if OFFICER in frappe.get_roles() and not set(organisations_in(project)) & set(organisations_of(frappe.session.user)):
		return OFFICE
	return check_side(project)


def opened(doctype: str, name: str, right: str = "read", lock: bool = False) -> Document:
	"""A record that a request names. Raises PermissionError, in the same words for what is not there."""
	if lock:
		locking.lock((doctype, name))
	doc = frappe.get_doc(doctype, name, for_update=lock) if frappe.db.exists(doctype, name) else None
	with without_messages():  # Frappe says No in a message of its own, which would tell the two apart
		open_to_them = doc is not None and doc.has_permission(right)
	if not open_to_them:
		frappe.throw(_("This record does not exist, or you may not open it."), frappe.PermissionError)
	return doc


def takes_part(project: Document) -> bool:
	"""Both sides, readers among them, the office and the manager. Everybody else who may read a project (committee,
	support centre) does not listen to the talk about it."""
	user = frappe.session.user
	if set(organisations_in(project)) & set(organisations_of(user)) or project.section in sections_of(user):
		return True
	return bool({OFFICER, MANAGER} & set(frappe.get_roles(user)))


def check_takes_part(project: Document):
	"""Raise PermissionError for who does not take part."""
	if not takes_part(project):
		raise frappe.PermissionError


def own_people(project: Document) -> set[str]:
	"""Everybody of the organisations of a project: what the office decides about it, none of them decides."""
	filters = {"parenttype": "Kyodo Organisation", "parent": ["in", organisations_in(project) or [""]]}
	return set(frappe.get_all("Kyodo Organisation Member", filters, pluck="user", order_by="idx"))


def check_no_own_matter(record: Document, project: Document, fields: tuple[str, ...]):
	"""Raise PermissionError where somebody of the project's organisations writes what the office decides about it."""
	before = record.get_doc_before_save() or frappe.new_doc(record.doctype)
	if record.flags.kyodo_service or not set(fields) & set(changed_fields(record, before)):
		return
	check_colleague(project)


def check_colleague(project: Document):
	"""Raise PermissionError for somebody of the project's organisations: a colleague of theirs decides about it."""
	if frappe.session.user in own_people(project):
		frappe.throw(_("You belong to an organisation of this project, so a colleague has to do this."), frappe.PermissionError)


def people_on(project: Document, side: str) -> list[dict]:
	"""Those who write for a side and whose login is in use (messages/people.py)."""
	if side == CITY:
		return people.officers_of(project.section)
	return [person for name in organisations_in(project) for person in people.members_of(name, WRITERS)]


def tell(event: str, record: Document, *whom: str, **facts):
	"""Tell the people of some sides, of both where none is named, of an event about a project or a record of one."""
	project = record if record.doctype == "Kyodo Project" else frappe.get_doc("Kyodo Project", record.project)
	to = [person for side in whom or SIDES for person in people_on(project, side)]
	messages.send(event, record, to=to, **facts)
