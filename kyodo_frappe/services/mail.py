"""Mail to the people of an organisation, in Japanese whatever language the sender's desk speaks.

A template is `templates/emails/<name>.html`; besides its own arguments it is given `name` (of the reader),
`organisation_name`, `sender` (the city and its office) and, unless it brings one, `link` to the organisation's page.
"""

import frappe
from frappe.model.document import Document
from frappe.utils import get_url

from kyodo_frappe.permissions.people import REPRESENTATIVE

ORGANISATION = "Kyodo Organisation"


def address(path: str) -> str:
	"""The address of a page, for a mail. Never with the host that a request names: who asks for somebody's new password
	under a host of their own would be sent the key by a click. Without `host_name` in its configuration a site has its
	own name only."""
	request = getattr(frappe.local, "request", None)
	if request is None:
		return get_url(path)
	frappe.local.request = None
	try:
		return get_url(path)
	finally:
		frappe.local.request = request


def to_organisation(
	organisation: str,
	subject: str,
	template: str,
	args: dict | None = None,
	reference: Document | None = None,
	member_roles: tuple[str, ...] = REPRESENTATIVE,
) -> int:
	"""Mail the people of an organisation who have one of `member_roles`; returns how many.

	`subject`: in Japanese, without the city's name. `reference`: the record the mail belongs to (its timeline).
	The caller has checked who is asking.
	"""
	row = frappe.db.get_value(ORGANISATION, organisation, ["organisation_name", "programme"], as_dict=True)
	values = {
		"organisation_name": row.organisation_name,
		"link": address(f"/kyodo/my/organisation?name={organisation}"),
		**(args or {}),
	}
	reached = people_of(organisation, member_roles)
	for person in reached:
		to_person(
			person.email,
			subject,
			template,
			{**values, "name": person.member_name or person.full_name},
			reference or frappe._dict(doctype=ORGANISATION, name=organisation),
			row.programme,
		)
	return len(reached)


def people_of(organisation: str, member_roles: tuple[str, ...] = REPRESENTATIVE) -> list[dict]:
	"""[{email, member_name, full_name}] of those whose login is in use."""
	row, user = frappe.qb.DocType("Kyodo Organisation Member"), frappe.qb.DocType("User")
	return (
		frappe.qb.from_(row)
		.join(user)
		.on(user.name == row.user)
		.select(user.email, row.member_name, user.full_name)
		.where((row.parenttype == ORGANISATION) & (row.parent == organisation))
		.where((user.enabled == 1) & user.email.isnotnull() & row.member_role.isin(member_roles))
		.orderby(row.idx)
		.run(as_dict=True)
	)


def to_person(
	email: str,
	subject: str,
	template: str,
	args: dict,
	reference: dict | None = None,
	programme: str | None = None,
	attachments: list[dict] | None = None,
):
	"""Mail one address. A site whose mail is not set up notes that and goes on: no step waits for its mail."""
	city = _city(programme)
	args = {"sender": "　".join(filter(None, [city.municipality_name, city.entrance_name])), **args}
	heading = f"【{city.municipality_name}】{subject}" if city.municipality_name else subject
	try:
		frappe.sendmail(
			recipients=[email],
			subject=heading,
			template=template,
			args=args,
			reference_doctype=reference and reference.doctype,
			reference_name=reference and reference.name,
			attachments=attachments,
			add_unsubscribe_link=0,  # about the reader's own affair, not a newsletter
		)
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise  # the database has dropped the whole step: nothing of it may be kept
	except Exception:  # a site without an account for outgoing mail fails in several ways
		frappe.log_error("Kyodo: mail could not be sent")


def _city(programme: str | None) -> dict:
	filters = {"name": programme} if programme else {"is_active": 1}
	fields = ["municipality_name", "entrance_name", "programme_name"]
	return frappe.db.get_value("Kyodo Programme", filters, fields, as_dict=True, order_by="creation asc") or frappe._dict()
