"""Public data of meetings: calendar, agenda, and minutes once they are published."""

import datetime
from collections import Counter
from collections.abc import Iterator

import frappe
from frappe.query_builder import Criterion
from frappe.utils import nowdate

from kyodo_frappe.committee import minutes
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.queries import PAGE, among, by_parent, in_batches, page_of, rows_of
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.programme.call_budget import granted_by
from kyodo_frappe.programme.call_rules import STEPS
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.proposals.public import WITH_AGENDA
from kyodo_frappe.rules.era import fiscal_year_range
from kyodo_frappe.workflows import tallies
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, WAITING, WRITING, category, states

MEETING_FIELDS = (
	*("name", "committee", "meeting_type", "meeting_date", "workflow_state", "fiscal_year", "begins_at", "ends_at"),
	*("place", "open_to_public", "observers", "document_review", "creation", "modified"),
)


def public_filters(**filters) -> dict:
	"""Return the filters of public meetings, with `filters` added."""
	shown = states("Kyodo Meeting", public=True)
	return {"workflow_state": ["in", shown], "meeting_date": ["is", "set"], **programme_visibility.without_drafts(), **filters}


def meetings(year: int | None = None, state: str | None = None, start: int = 0, limit: int = PAGE, **more):
	"""Return (rows, total number) of public meetings, the latest first. `start`, `limit`: of the page; `more`: further filters."""
	filters = public_filters(**more)
	if year:
		filters["fiscal_year"] = year
	if state in states("Kyodo Meeting", public=True):
		filters["workflow_state"] = state
	count = tallies.count("Kyodo Meeting", filters)
	rows = page_of("Kyodo Meeting", filters, MEETING_FIELDS, [("meeting_date", "desc"), ("name", "desc")], start, limit, count)
	_name_committees(rows)
	return rows, count


def batches() -> Iterator[list[dict]]:
	"""Yield the public meetings, some hundred at a time, by name."""
	for rows in in_batches("Kyodo Meeting", public_filters(), MEETING_FIELDS):
		_name_committees(rows)
		yield rows


def next_meetings(limit: int = 5, programme: str | None = None) -> list[dict]:
	"""Return the upcoming meetings, of one programme if given."""
	meeting = frappe.qb.DocType("Kyodo Meeting")
	coming = meeting.workflow_state.isin(states("Kyodo Meeting", WRITING, WAITING, EXAMINED, public=True) or [""])
	return _in_order(meeting, coming & (meeting.meeting_date >= nowdate()), programme, limit)


def _in_order(meeting, where: Criterion, programme: str | None, limit: int) -> list[dict]:
	"""Return the first meetings by their days, of one programme if given. A condition on a day is one that an index answers, unlike a filter
	of Frappe's."""
	query = frappe.qb.from_(meeting).select(*(meeting[field] for field in MEETING_FIELDS)).where(where).limit(limit)
	if programme:
		query = query.where(meeting.programme == programme)
	if drafts := programme_visibility.drafts():
		query = query.where(meeting.programme.isnull() | meeting.programme.notin(drafts))
	rows = query.orderby(meeting.meeting_date).orderby(meeting.begins_at).orderby(meeting.name).run(as_dict=True)
	_name_committees(rows)
	return rows


def deciding_meetings(programme: str, after: datetime.date, until: datetime.date, limit: int = 6) -> list[dict]:
	"""Return the public meetings of a programme's committees that examine proposals between two days, in order."""
	meeting = frappe.qb.DocType("Kyodo Meeting")
	types = [name for like in STEPS for name in vocabulary.types_held_like(like)]
	public = meeting.workflow_state.isin(states("Kyodo Meeting", public=True) or [""])
	return _in_order(meeting, public & meeting.meeting_type.isin(types) & meeting.meeting_date[after:until], programme, limit)


def meeting(name: str) -> dict | None:
	"""Return a public meeting as in `in_full`; None if it is not public."""
	return next(iter(in_full([name])), None)


def in_full(names: list[str]) -> list[dict]:
	"""Return the public ones of these meetings with agenda, results, and published minutes, in as many queries however many there are.

	A closed item shows its legal ground only; an item about an unpublished record shows its kind only, in the minutes too.
	`minutes`: [(heading or None, text)]; if the part of such an item cannot be cut out, they are empty and `minutes_shortened` is True.
	"""
	rows = frappe.get_all("Kyodo Meeting", public_filters(name=["in", names]), MEETING_FIELDS, order_by="name") if names else []
	_name_committees(rows)
	agendas, present = _agendas(rows), _present_by_side(rows)
	for row in rows:
		row.agenda, row.present = agendas[row.name], present[row.name]
	published = [row for row in rows if row.workflow_state == "Published"]
	parts = minutes.public_parts({row.name: {item.idx for item in row.agenda if item.hidden and not item.closed} for row in published})
	for row in rows:
		row.minutes = parts.get(row.name, [])
		row.minutes_shortened = row.name in parts and not row.minutes
	return rows


def _agendas(meetings: list[dict]) -> dict[str, list[dict]]:
	"""{meeting: its items}, none before its agenda is public"""
	shown = {row.name: row for row in meetings if category("Kyodo Meeting", row.workflow_state) in WITH_AGENDA}
	items = rows_of(
		"Kyodo Agenda Item",
		"Kyodo Meeting",
		list(shown),
		[
			*("item_type", "subject", "proposal", "report", "evaluation_round", "begins_at", "closed"),
			*("name", "legal_ground", "notes", "result", "quorum_note", "idx"),
		],
	)
	decisions, links = _decisions(list(shown.values()), items), _published_subjects(items)
	found: dict[str, list[dict]] = {row.name: [] for row in meetings}
	for item in items:
		meeting = shown[item.parent]
		found[meeting.name].append(item)
		_apply_public_subject(item, links)
		if item.closed or category("Kyodo Meeting", meeting.workflow_state) != DECIDED:
			item.result = item.quorum_note = None
		decision = decisions.get(item.pop("name")) if item.result and not item.hidden else None
		item.amount, item.score = (decision.amount, decision.score) if decision else (None, None)
		if meeting.workflow_state != "Published":
			item.notes = None
	return found


def _decisions(meetings: list[dict], items: list[dict]) -> dict[str, dict]:
	"""Return {agenda item: {amount in yen, score as the programme publishes it}} of what closed meetings decided."""
	closed = [row.name for row in meetings if category("Kyodo Meeting", row.workflow_state) == DECIDED]
	if not closed or not items:
		return {}
	rows = frappe.get_all(
		"Kyodo Decision",
		{"meeting": ["in", closed], "docstatus": 1, "agenda_item": ["in", [item.name for item in items]]},
		["name", "agenda_item", "result", "amount", "moved_up_amount"],
		order_by="creation asc",
	)
	scores = proposal_public.scores_of([row.name for row in rows])
	return {row.agenda_item: frappe._dict(amount=granted_by(row) or None, score=scores.get(row.name)) for row in rows}


def _apply_public_subject(item: dict, links: dict[str, tuple[str, str | None]]):
	"""Name the subject as its public page does; remove what is not public and every reference to it."""
	subject = item.proposal or item.report or item.evaluation_round
	item.link, title = links.get(subject, (None, None))
	item.subject = title or item.subject
	item.hidden = bool(item.closed) or bool(subject and not item.link)
	if item.hidden:
		item.subject = item.notes = item.link = None
	for inner in ("proposal", "report", "evaluation_round", "parent"):
		item.pop(inner, None)


def _published_subjects(items: list[dict]) -> dict[str, tuple[str, str | None]]:
	"""Return {proposal, report or round: (address of its public page, title of the page if it has one)}."""
	links = {}
	proposals = [item.proposal for item in items if item.proposal]
	if proposals:
		for row in frappe.get_all(
			"Kyodo Proposal", proposal_public.public_filters(name=["in", proposals]), ["name", "title"], order_by="name"
		):
			links[row.name] = (f"/kyodo/proposals/{row.name}", row.title)
	projects = {}
	for doctype, fieldname in (("Kyodo Report", "report"), ("Kyodo Evaluation Round", "evaluation_round")):
		names = [item.get(fieldname) for item in items if item.get(fieldname)]
		if names:
			projects.update(dict(frappe.get_all(doctype, {"name": ["in", names]}, ["name", "project"], as_list=True, order_by="name")))
	if projects:
		published = frappe.get_all(
			"Kyodo Project", project_public.public_filters(name=["in", list(projects.values())]), pluck="name", order_by="name"
		)
		for name, project in projects.items():
			if project in published:
				links[name] = (f"/kyodo/projects/{project}", None)
	return links


def _present_by_side(meetings: list[dict]) -> dict[str, dict[str, int]]:
	"""Return {meeting: {side: members present}} of closed meetings; none of others."""
	closed = [row.name for row in meetings if category("Kyodo Meeting", row.workflow_state) == DECIDED]
	counted: dict[str, dict[str, int]] = {row.name: {} for row in meetings}
	for row in rows_of("Kyodo Attendance", "Kyodo Meeting", closed, ["side", "present"]):
		counted[row.parent][row.side] = counted[row.parent].get(row.side, 0) + int(row.present or 0)
	return counted


def _name_committees(rows: list[dict]):
	names = sorted({row.committee for row in rows if row.committee})
	known = {}
	if names:
		fields = ["name", "committee_name", "programme"]
		known = {row.name: row for row in frappe.get_all("Kyodo Committee", {"name": ["in", names]}, fields, order_by="name")}
	for row in rows:
		committee = known.get(row.committee) or frappe._dict()
		row.committee, row.programme = committee.committee_name or "", committee.programme


def count_held(programme: str, year: int) -> int:
	"""Return how many public meetings of a programme's committees were held in a fiscal year."""
	shown = public_filters(programme=programme, fiscal_year=year)
	shown["workflow_state"] = ["in", states("Kyodo Meeting", DECIDED, public=True)]
	return frappe.db.count("Kyodo Meeting", shown)


def committees_of_year(programme: str, year: int) -> list[dict]:
	"""[{committee, members, names, meetings}] of the committees of a programme that met in a fiscal year.

	members: {side: how many seats}; names: [name] where the programme's minutes name members, else empty; meetings: [{name, meeting_date,
	meeting_type, place, open_to_public, observers, present, items}], held and public ones in order. Four queries for all.
	"""
	committees = frappe.get_all(
		"Kyodo Committee", {"programme": programme}, ["name", "committee_name"], order_by="kind asc, creation asc, name asc"
	)
	filters = public_filters(committee=among([row.name for row in committees]), fiscal_year=year)
	filters["workflow_state"] = ["in", states("Kyodo Meeting", DECIDED, public=True)]
	meetings = frappe.get_all("Kyodo Meeting", filters, MEETING_FIELDS, order_by="meeting_date asc, name asc")
	held = [row.name for row in meetings]
	present = by_parent(rows_of("Kyodo Attendance", "Kyodo Meeting", held, ["side", "present"]))
	items = by_parent(rows_of("Kyodo Agenda Item", "Kyodo Meeting", held, ["item_type"]))
	named = frappe.get_cached_value("Kyodo Programme", programme, "minutes_names") == "Full Names"
	seats = by_parent(
		rows_of(
			"Kyodo Committee Member", "Kyodo Committee", [row.name for row in committees], ["side", "member_name", "from_date", "to_date"]
		)
	)
	found = []
	for committee in committees:
		own = [row for row in meetings if row.committee == committee.name]
		for row in own:
			row.present = sum(int(one.present or 0) for one in present.get(row.name, ()))
			row["items"] = len(items.get(row.name, ()))
		sitting = [row for row in seats.get(committee.name, ()) if _sits_in(row, year)]
		members = Counter(row.side for row in sitting)
		names = [row.member_name for row in sitting] if named else []
		if own:
			found.append(frappe._dict(committee=committee.committee_name, members=members, names=names, meetings=own))
	return found


def _sits_in(seat: dict, year: int) -> bool:
	first, last = fiscal_year_range(year)
	return (seat.from_date or first) <= last and (seat.to_date or last) >= first


def years() -> list[int]:
	"""Return the fiscal years with public meetings, the latest first."""
	return tallies.years("Kyodo Meeting", public_filters())
