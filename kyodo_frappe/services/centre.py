"""What the parts of the support centre share: who works there, and mail about its affairs (domain.md §1, §3)."""

import frappe
from frappe.model.document import Document

from kyodo_frappe.permissions.people import WRITERS
from kyodo_frappe.permissions.roles import OFFICER, SUPPORT, require
from kyodo_frappe.services import advice, mail

TEMPLATE = "kyodo_centre_news"
ORGANISATION = "Kyodo Organisation"


def require_centre():
	"""Raise PermissionError unless the current user works at the support centre or in the office."""
	require(SUPPORT, OFFICER)


def works_there() -> bool:
	return bool({SUPPORT, OFFICER} & set(frappe.get_roles()))


def programme_of(organisation: str | None = None) -> str | None:
	"""The programme that a new record belongs to: the organisation's, else the active one that was made first."""
	own = frappe.db.get_value(ORGANISATION, organisation, "programme") if organisation else None
	return own or frappe.db.get_value("Kyodo Programme", {"is_active": 1}, "name", order_by="creation asc")


def tell_centre(subject: str, lines: list[str], path: str, record: Document):
	"""Mail everybody at the support centre what waits for them."""
	for email in advice.support_addresses():
		tell_person(email, "", subject, lines, path, record)


def tell_organisation(organisation: str, subject: str, lines: list[str], path: str, record: Document) -> int:
	"""Mail those who write for an organisation; returns how many. One mail for each address."""
	name = frappe.db.get_value(ORGANISATION, organisation, "organisation_name")
	people = {row.email: row for row in mail.people_of(organisation, WRITERS)}
	for person in people.values():
		tell_person(person.email, person.member_name or person.full_name, subject, lines, path, record, name)
	return len(people)


def tell_person(
	email: str, name: str, subject: str, lines: list[str], path: str, record: Document, organisation_name: str = ""
):
	"""Mail one address: what has happened (`lines`, in Japanese), and where it can be seen: a page of ours, a whole
	address, or "" for nowhere."""
	args = {
		"name": name,
		"organisation_name": organisation_name,
		"lines": lines,
		"link": mail.address(path) if path.startswith("/") else path,
	}
	mail.to_person(email, subject, TEMPLATE, args, record, record.get("programme"))
