"""Recipients of messages: enabled users of organisations, sections, the office and the support centre.

A recipient is {email, name, user}, with `link` if the message leads each recipient to a page of their own, and
`organisation_name` for members of an organisation.
"""

import frappe
from frappe.model.document import Document
from frappe.utils import get_url_to_form

from kyodo_frappe.messages.events import CONCERNED
from kyodo_frappe.permissions.people import REPRESENTATIVE, WRITERS
from kyodo_frappe.permissions.roles import OFFICER, SUPPORT

EVERYBODY = (*WRITERS, "Viewer")
OF_ORGANISATIONS = {"Representatives": REPRESENTATIVE, "Writers": WRITERS, "All Members": EVERYBODY}
# {link field: DocType} through which a record belongs to a programme, an organisation or a section
THROUGH = {
	"project": "Kyodo Project",
	"proposal": "Kyodo Proposal",
	"meeting": "Kyodo Meeting",
	"event": "Kyodo Event",
	"survey": "Kyodo Survey",
	"need": "Kyodo Need",
	"organisation": "Kyodo Organisation",
}


def members_of(organisation: str, member_roles: tuple[str, ...] = REPRESENTATIVE) -> list[dict]:
	"""Return the members of an organisation with one of `member_roles`, each address once."""
	row, user = frappe.qb.DocType("Kyodo Organisation Member"), frappe.qb.DocType("User")
	organisations = frappe.qb.DocType("Kyodo Organisation")
	rows = (
		frappe.qb.from_(row)
		.join(user)
		.on(user.name == row.user)
		.join(organisations)
		.on(organisations.name == row.parent)
		.select(user.email, user.name.as_("user"), row.member_name.as_("own_name"), user.full_name, organisations.organisation_name)
		.where((row.parenttype == "Kyodo Organisation") & (row.parent == organisation))
		.where((user.enabled == 1) & user.email.isnotnull() & row.member_role.isin(member_roles))
		.orderby(row.idx)
		.run(as_dict=True)
	)
	return _people(rows)


def officers_of(section: str | None) -> list[dict]:
	"""Return the officers of a section."""
	if not section:
		return []
	row, user = frappe.qb.DocType("Kyodo Section Member"), frappe.qb.DocType("User")
	rows = (
		frappe.qb.from_(row)
		.join(user)
		.on(user.name == row.user)
		.select(user.email, user.name.as_("user"), row.officer_name.as_("own_name"), user.full_name)
		.where((row.parenttype == "Kyodo Section") & (row.parent == section))
		.where((user.enabled == 1) & user.email.isnotnull())
		.orderby(row.idx)
		.run(as_dict=True)
	)
	return _people(rows)


def users_with_role(role: str) -> list[dict]:
	"""Return all users with a role."""
	user, given = frappe.qb.DocType("User"), frappe.qb.DocType("Has Role")
	rows = (
		frappe.qb.from_(user)
		.join(given)
		.on((given.parent == user.name) & (given.parenttype == "User"))
		.select(user.email, user.name.as_("user"), user.full_name)
		.where((given.role == role) & (user.enabled == 1) & user.email.isnotnull() & user.name.notin(frappe.STANDARD_USERS))
		.orderby(user.email)
		.run(as_dict=True)
	)
	return _people(rows)


def recipient(user: str | None, name: str | None = None) -> list[dict]:
	"""Return a user as a list of recipients; empty if disabled or without address."""
	row = user and frappe.db.get_value("User", {"name": user, "enabled": 1}, ["email", "full_name"], as_dict=True)
	return [frappe._dict(email=row.email, user=user, name=name or row.full_name)] if row and row.email else []


def recipients_of(recipients: str, doc: Document | None, concerned: list[dict]) -> list[dict]:
	"""Return the recipients that a row of the programme names, for a message about `doc`.

	`recipients`: the value of the row; `concerned`: the persons concerned, as passed to `send`.
	"""
	if recipients == CONCERNED or doc is None:
		return concerned
	if roles := OF_ORGANISATIONS.get(recipients):
		return [person for name in organisations_of(doc) for person in members_of(name, roles)]
	if recipients == "Support Centre":
		return users_with_role(SUPPORT)
	found = users_with_role(OFFICER) if recipients == "Office" else officers_of(belongs_to(doc, "section"))
	form = get_url_to_form(doc.doctype, doc.name)
	return [frappe._dict(person, link=form) for person in found]


def belongs_to(doc: Document | dict | None, field: str) -> str | None:
	"""Return the programme, section or organisation (`field`) of a record or of the record that it belongs to."""
	if doc is None:
		return None
	if value := doc.get(field):
		return value
	for link, doctype in THROUGH.items():
		if link != field and doc.get(link) and doc.doctype != doctype:
			if frappe.get_meta(doctype).has_field(field):
				return frappe.db.get_value(doctype, doc.get(link), field)
			return belongs_to(frappe.get_doc(doctype, doc.get(link)), field)
	return None


def organisations_of(doc: Document) -> list[str]:
	"""Return the organisations of a record, the lead organisation first."""
	if doc.doctype == "Kyodo Organisation":
		return [doc.name]
	if hasattr(doc, "own_organisations"):
		return list(doc.own_organisations())
	if doc.get("project") and doc.doctype != "Kyodo Project":
		return organisations_of(frappe.get_doc("Kyodo Project", doc.project))
	rows = doc.get("organisations") or ()
	return list(dict.fromkeys(filter(None, [doc.get("organisation"), *(row.organisation for row in rows)])))


def _people(rows: list[dict]) -> list[dict]:
	found = {}
	for row in rows:
		name = row.get("own_name") or row.get("full_name") or ""
		person = frappe._dict(email=row.email, user=row.user, name=name)
		if row.get("organisation_name"):
			person.organisation_name = row.organisation_name
		found.setdefault(row.email.lower(), person)
	return list(found.values())
