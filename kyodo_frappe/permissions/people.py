"""Who a login is: which organisations, sections and committees it stands for. Each answer is one query."""

import frappe

from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.workflows.states import drafts

WRITERS = ("Representative", "Editor")
REPRESENTATIVE = ("Representative",)


def organisations_of(user: str, member_roles: tuple[str, ...] | None = None) -> list[str]:
	"""Names of the Kyodo Organisations that `user` belongs to, optionally with one of `member_roles` only."""
	filters = {"parenttype": "Kyodo Organisation", "user": user}
	if member_roles:
		filters["member_role"] = member_roles
	return _parents("Kyodo Organisation Member", filters)


def sections_of(user: str) -> list[str]:
	"""Names of the Kyodo Sections that `user` is an officer of."""
	return _parents("Kyodo Section Member", {"parenttype": "Kyodo Section", "user": user})


def committees_of(user: str) -> list[str]:
	"""Names of the Kyodo Committees that `user` is a member of, or may sit in for one; of a programme that is still being set
	up, nobody's yet."""
	seats = {"parenttype": "Kyodo Committee"}
	own = _parents("Kyodo Committee Member", {**seats, "user": user})
	found = {*own, *_parents("Kyodo Committee Member", {**seats, "substitute_user": user})}
	if found and programme_visibility.drafts():
		found -= set(_names("Kyodo Committee", {"programme": ["in", programme_visibility.drafts()]}))
	return sorted(found)


def programmes_of_committees(user: str) -> list[str]:
	"""Programmes whose committees `user` sits on."""
	committees = committees_of(user)
	if not committees:
		return []
	return frappe.get_all("Kyodo Committee", {"name": ["in", committees]}, pluck="programme", order_by="name")


def meetings_of(user: str) -> list[str]:
	"""Meetings of the committees that `user` sits on, cancelled ones left out."""
	committees = committees_of(user)
	if not committees:
		return []
	return frappe.get_all(
		"Kyodo Meeting",
		{"committee": ["in", committees], "workflow_state": ["!=", "Cancelled"]},
		pluck="name",
		order_by="name",
	)


def on_agenda_of(user: str, fieldname: str) -> list[str]:
	"""Records in `fieldname` (proposal, report) of the agendas of the committees that `user` sits on, without those for
	which they step aside."""
	return _on_agendas(user, meetings_of(user), fieldname)


def judged_by(user: str, fieldname: str) -> list[str]:
	"""Records in `fieldname` of the agendas of meetings in which `user` sits, themselves or for somebody, without those
	for which they step aside."""
	return _on_agendas(user, sorted(set(_meetings_with_seat(user)) & set(meetings_of(user))), fieldname)


def _on_agendas(user: str, meetings: list[str], fieldname: str) -> list[str]:
	if not meetings:
		return []
	items = frappe.get_all(
		"Kyodo Agenda Item",
		{"parenttype": "Kyodo Meeting", "parent": ["in", meetings], fieldname: ["is", "set"]},
		["name", fieldname],
		order_by="parent",
	)
	aside = frappe.get_all(
		"Kyodo Recusal",
		{"parenttype": "Kyodo Meeting", "agenda_item": ["in", [item.name for item in items] or [""]], "user": user},
		["agenda_item", "ruling"],
		order_by="parent",
	)
	left_out = {row.agenda_item for row in aside if row.ruling != "Overruled"}
	barred = {item.get(fieldname) for item in items if item.name in left_out}
	return sorted({item.get(fieldname) for item in items} - barred)


def records_with_partner(parenttype: str, user: str) -> list[str]:
	"""Proposals or projects in which an organisation of `user` is a partner."""
	organisations = organisations_of(user)
	if not organisations:
		return []
	return _parents("Kyodo Partner", {"parenttype": parenttype, "organisation": organisations})


def projects_of_organisations(user: str, member_roles: tuple[str, ...] | None = None) -> list[str]:
	"""Projects that organisations of `user` run, as the first organisation or as a partner."""
	organisations = organisations_of(user, member_roles)
	if not organisations:
		return []
	own = frappe.get_all("Kyodo Project", {"organisation": ["in", organisations]}, pluck="name", order_by="name")
	partner = _parents("Kyodo Partner", {"parenttype": "Kyodo Project", "organisation": organisations})
	return sorted({*own, *partner})


def projects_of(user: str) -> list[str]:
	"""Projects in which `user` is of a side: of an organisation that runs them, or of their section."""
	sections = sections_of(user)
	of_sections = _names("Kyodo Project", {"section": ["in", sections]}) if sections else []
	return sorted({*projects_of_organisations(user), *of_sections})


def proposals_advised_by(user: str) -> list[str]:
	"""Proposals for which `user` (support centre) has recorded a consultation."""
	return frappe.get_all("Kyodo Consultation", {"owner": user}, pluck="proposal", order_by="name")


def proposals_open_to_advice(user: str) -> list[str]:
	"""Proposals that the support centre has been asked to help with; the same for everybody who works there."""
	return frappe.get_all("Kyodo Proposal", {"advice_access": ["in", ("Comment", "Write")]}, pluck="name", order_by="name")


def screenings_to_review(user: str) -> list[str]:
	"""Service screenings of the programmes in whose internal teams `user` sits, once their section has answered."""
	teams = frappe.get_all(
		"Kyodo Committee",
		{"name": ["in", committees_of(user)], "kind": "Internal Team", "disabled": 0},
		pluck="programme",
		order_by="name",
	)
	filters = {"programme": ["in", teams], "workflow_state": ["not in", drafts("Kyodo Service Screening")]}
	return frappe.get_all("Kyodo Service Screening", filters, pluck="name", order_by="name") if teams else []


def events_of_sections(user: str) -> list[str]:
	"""Events that sections of `user` hold."""
	sections = sections_of(user)
	return _names("Kyodo Event", {"section": ["in", sections]}) if sections else []


def events_of_the_centre(_user: str) -> list[str]:
	"""Events that the support centre holds; the same for everybody who works there."""
	return _names("Kyodo Event", {"organiser": "Support Centre"})


def pages_for_portal(_user: str) -> list[str]:
	"""Published pages that are not for city staff alone."""
	return _names("Kyodo Page", {"published": 1, "audience": ["!=", "City Staff"], **programme_visibility.without_drafts()})


def published_pages(_user: str) -> list[str]:
	return _names("Kyodo Page", {"published": 1, **programme_visibility.without_drafts()})


def needs_of_sections(user: str) -> list[str]:
	sections = sections_of(user)
	return _names("Kyodo Need", {"section": ["in", sections]}) if sections else []


def needs_of_organisations(user: str) -> list[str]:
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
	# by the query builder: Frappe asks who may act for every login there is (see permissions/hooks.py)
	table = frappe.qb.DocType(child)
	query = frappe.qb.from_(table).select(table.parent).distinct().orderby(table.parent)
	for fieldname, wanted in filters.items():
		column = table[fieldname]
		query = query.where(column.isin(wanted) if isinstance(wanted, list | tuple) else column == wanted)
	return query.run(pluck=True)
