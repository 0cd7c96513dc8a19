"""Memberships of users and the records they give access to. Each function needs a bounded number of queries."""

from collections.abc import Iterable

import frappe
from frappe.utils import getdate
from pypika.terms import ValueWrapper

from kyodo_frappe.common.queries import among, union
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.reading_cache import cached_until_written, cached_while_reading
from kyodo_frappe.workflows.states import drafts

WRITERS = ("Representative", "Editor")
REPRESENTATIVE = ("Representative",)


def organisations_of(user: str, member_roles: tuple[str, ...] | None = None) -> list[str]:
	"""Return the organisations of a user, optionally only those with one of `member_roles`."""
	rows = [(name, role) for kind, name, role in _memberships(user) if kind == "Kyodo Organisation"]
	return sorted({name for name, role in rows if member_roles is None or role in member_roles})


def sections_of(user: str) -> list[str]:
	"""Return the sections of an officer."""
	return sorted({name for kind, name, _role in _memberships(user) if kind == "Kyodo Section"})


@cached_while_reading
@cached_until_written
def _memberships(user: str) -> list[tuple[str, str, str]]:
	"""[(DocType, organisation or section, member role)] of a user. One query."""
	member, officer = frappe.qb.DocType("Kyodo Organisation Member"), frappe.qb.DocType("Kyodo Section Member")
	organisations = frappe.qb.from_(member).select(member.parenttype, member.parent, member.member_role)
	organisations = organisations.where((member.parenttype == "Kyodo Organisation") & (member.user == user))
	sections = frappe.qb.from_(officer).select(officer.parenttype, officer.parent, ValueWrapper(""))
	sections = sections.where((officer.parenttype == "Kyodo Section") & (officer.user == user))
	return union([organisations, sections])


@cached_while_reading
def committees_of(user: str) -> list[str]:
	"""Return the committees that a user belongs to as a member or a substitute, except those of draft programmes."""
	seats = {"parenttype": "Kyodo Committee"}
	own = _parents("Kyodo Committee Member", {**seats, "user": user})
	found = {*own, *_parents("Kyodo Committee Member", {**seats, "substitute_user": user})}
	if found and programme_visibility.drafts():
		found -= set(_names("Kyodo Committee", {"programme": ["in", programme_visibility.drafts()]}))
	return sorted(found)


@cached_while_reading
def programmes_of_committees(user: str) -> list[str]:
	"""Return the programmes of a user's committees."""
	committees = committees_of(user)
	if not committees:
		return []
	return frappe.get_all("Kyodo Committee", {"name": ["in", committees]}, pluck="programme", order_by="name")


@cached_while_reading
def meetings_of(user: str) -> list[str]:
	"""Return the meetings of a user's committees, without cancelled ones."""
	committees = committees_of(user)
	if not committees:
		return []
	return frappe.get_all(
		"Kyodo Meeting",
		{"committee": ["in", committees], "workflow_state": ["!=", "Cancelled"]},
		pluck="name",
		order_by="name",
	)


@cached_while_reading
def on_agenda_of(user: str, fieldname: str) -> list[str]:
	"""Return the records (`fieldname`: proposal, report …) on the agendas of a user's committees, except after recusal."""
	return _on_agendas(user, meetings_of(user), fieldname)


@cached_while_reading
def judged_by(user: str, fieldname: str) -> list[str]:
	"""Return the records on the agendas of meetings that a user attends, also as a substitute, except after recusal."""
	return _on_agendas(user, sorted(set(_meetings_with_seat(user)) & set(meetings_of(user))), fieldname)


def _on_agendas(user: str, meetings: list[str], fieldname: str) -> list[str]:
	if not meetings:
		return []
	parents = {"parenttype": "Kyodo Meeting", "parent": ["in", meetings], fieldname: ["is", "set"]}
	records = set(frappe.get_all("Kyodo Agenda Item", parents, pluck=fieldname, order_by="parent"))
	return sorted(records - _barred(user, records, fieldname))


def barred_from(user: str) -> set[str]:
	"""Return the proposals from whose points a user steps aside, also as a member of the organisation that proposes."""
	return proposals_made_by(organisations_of(user)) | _barred(user, None, "proposal")


def _barred(user: str, records: set[str] | None, fieldname: str) -> set[str]:
	"""The records, of these or of all, from which a user has stepped aside, or has to."""
	aside = _recusals(user, fieldname)
	barred = {record for record, ruling in aside if ruling != "Overruled"}
	if fieldname == "proposal":
		others = None if records is None else records - barred
		barred |= _of_related_organisations(user, others) - {record for record, _ruling in aside}
	return barred


def _recusals(user: str, fieldname: str) -> list[tuple[str, str]]:
	"""[(record, ruling)] for which a user has stepped aside in any meeting, also in one that was cancelled afterwards."""
	rows = frappe.get_all("Kyodo Recusal", {"parenttype": "Kyodo Meeting", "user": user}, ["agenda_item", "ruling"], order_by="parent, idx")
	rulings = {row.agenda_item: row.ruling for row in rows}
	if not rulings:
		return []
	filters = {"name": ["in", list(rulings)], fieldname: ["is", "set"]}
	items = frappe.get_all("Kyodo Agenda Item", filters, ["name", fieldname], order_by="parent, idx")
	return [(item.get(fieldname), rulings[item.name]) for item in items]


def _of_related_organisations(user: str, proposals: set[str] | None) -> set[str]:
	"""Of some proposals, or of all, those of organisations to which a user has declared a relation, also where a substitute sits for them."""
	relations = frappe.get_all("Kyodo Interest", {"member": user}, ["organisation", "ended_on"], order_by="name")
	today = getdate()
	organisations = {row.organisation for row in relations if row.organisation and (not row.ended_on or row.ended_on >= today)}
	return proposals_made_by(organisations, proposals)


def proposals_made_by(organisations: Iterable[str], proposals: set[str] | None = None) -> set[str]:
	"""Of some proposals, or of all, those that one of the organisations makes, alone or as a partner."""
	if not organisations or proposals == set():
		return set()
	by, known = sorted(organisations), None if proposals is None else sorted(proposals)
	own = {"organisation": ["in", by], **({"name": ["in", known]} if known else {})}
	partners = {"parenttype": "Kyodo Proposal", "organisation": by, **({"parent": known} if known else {})}
	return {*_names("Kyodo Proposal", own), *_parents("Kyodo Partner", partners)}


def records_with_partner(parenttype: str, user: str) -> list[str]:
	"""Return the proposals or projects (`parenttype`) in which an organisation of the user is a partner."""
	return sorted({record for kind, record, _organisation in _partnerships(user) if kind == parenttype})


def projects_of_organisations(user: str, member_roles: tuple[str, ...] | None = None) -> list[str]:
	"""Return the projects of a user's organisations, as lead organisation or partner."""
	organisations = set(organisations_of(user, member_roles))
	of_projects = [(record, organisation) for kind, record, organisation in _partnerships(user) if kind != "Kyodo Proposal"]
	return sorted({project for project, organisation in of_projects if organisation in organisations})


@cached_while_reading
def _partnerships(user: str) -> list[tuple[str, str, str]]:
	"""[(kind, record, organisation)] of a user's organisations: the DocType of what they are partners in, "lead" for their own
	projects. One query."""
	organisations = organisations_of(user)
	if not organisations:
		return []
	project, partner = frappe.qb.DocType("Kyodo Project"), frappe.qb.DocType("Kyodo Partner")
	lead = frappe.qb.from_(project).select(ValueWrapper("lead").as_("kind"), project.name, project.organisation)
	lead = lead.where(project.organisation.isin(organisations))
	partners = frappe.qb.from_(partner).select(partner.parenttype, partner.parent, partner.organisation)
	kinds = ("Kyodo Proposal", "Kyodo Project")
	partners = partners.where(partner.parenttype.isin(kinds) & partner.organisation.isin(organisations))
	return union([lead, partners])


@cached_while_reading
def projects_of(user: str) -> list[str]:
	"""Return the projects to which a user belongs, through an organisation or the section in charge."""
	sections = sections_of(user)
	of_sections = _names("Kyodo Project", {"section": ["in", sections]}) if sections else []
	return sorted({*projects_of_organisations(user), *of_sections})


@cached_while_reading
def proposals_advised_by(user: str) -> list[str]:
	"""Return the proposals for which a user of the support centre has recorded a consultation."""
	return frappe.get_all("Kyodo Consultation", {"owner": user, "proposal": ["is", "set"]}, pluck="proposal", order_by="name")


@cached_while_reading
def proposals_open_to_advice(user: str) -> list[str]:
	"""Return the proposals opened to the support centre for advice, the same for all of its staff."""
	return frappe.get_all("Kyodo Proposal", {"advice_access": ["in", ("Comment", "Write")]}, pluck="name", order_by="name")


@cached_while_reading
def screenings_to_review(user: str) -> list[str]:
	"""Return the service screenings that a user's internal teams review, once the section has answered."""
	teams = frappe.get_all(
		"Kyodo Committee",
		{"name": among(committees_of(user)), "kind": "Internal Team", "disabled": 0},
		pluck="programme",
		order_by="name",
	)
	filters = {"programme": ["in", teams], "workflow_state": ["not in", drafts("Kyodo Service Screening")]}
	return frappe.get_all("Kyodo Service Screening", filters, pluck="name", order_by="name") if teams else []


@cached_while_reading
def events_of_sections(user: str) -> list[str]:
	"""Return the events held by a user's sections."""
	sections = sections_of(user)
	return _names("Kyodo Event", {"section": ["in", sections]}) if sections else []


@cached_while_reading
def events_of_the_centre(_user: str) -> list[str]:
	"""Return the events held by the support centre, the same for all of its staff."""
	return _names("Kyodo Event", {"organiser": "Support Centre"})


@cached_while_reading
def pages_for_portal(_user: str) -> list[str]:
	"""Return the published guide pages that are not for city staff only."""
	return _names("Kyodo Page", {"published": 1, "audience": ["!=", "City Staff"], **programme_visibility.without_drafts()})


@cached_while_reading
def published_pages(_user: str) -> list[str]:
	"""Return all published guide pages."""
	return _names("Kyodo Page", {"published": 1, **programme_visibility.without_drafts()})


@cached_while_reading
def needs_of_sections(user: str) -> list[str]:
	"""Return the needs of a user's sections."""
	sections = sections_of(user)
	return _names("Kyodo Need", {"section": ["in", sections]}) if sections else []


@cached_while_reading
def needs_of_organisations(user: str) -> list[str]:
	"""Return the needs of a user's organisations."""
	organisations = organisations_of(user)
	return _names("Kyodo Need", {"organisation": ["in", organisations]}) if organisations else []


def _names(doctype: str, filters: dict) -> list[str]:
	return frappe.get_all(doctype, filters, pluck="name", order_by="name")


def _meetings_with_seat(user: str) -> list[str]:
	row = frappe.qb.DocType("Kyodo Attendance")
	own = (row.user == user) & (row.substitute_user.isnull() | (row.substitute_user == ""))
	return (
		frappe.qb.from_(row)
		.select(row.parent)
		.distinct()
		.where((row.parenttype == "Kyodo Meeting") & (own | (row.substitute_user == user)))
		.orderby(row.parent)
		.run(pluck=True)
	)


def _parents(child: str, filters: dict) -> list[str]:
	# the query builder is faster, and Frappe calls this for every user who could act next (see permissions/hooks.py)
	table = frappe.qb.DocType(child)
	query = frappe.qb.from_(table).select(table.parent).distinct().orderby(table.parent)
	for fieldname, wanted in filters.items():
		column = table[fieldname]
		query = query.where(column.isin(wanted) if isinstance(wanted, list | tuple) else column == wanted)
	return query.run(pluck=True)
