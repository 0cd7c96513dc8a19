"""What the public may read of events and guides, by explicit lists of fields.

A record that is not public reads as None, just like one that does not exist.
"""

import datetime
from collections.abc import Iterable, Iterator

import frappe
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Count
from frappe.utils import cint, getdate, nowdate

from kyodo_frappe.common.queries import PAGE, in_batches, page_of
from kyodo_frappe.learning import guides, page_comments
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.rules import places
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.workflows import tallies

EVENT = event_registrations.EVENT
EVENT_STATES = ("Announced", "Held", "Cancelled")
PUBLIC_EVENTS = ("Everybody", "Organisations")
EVENT_FIELDS = (
	*("name", "event_name", "programme", "event_kind", "audience", "fiscal_year", "held_on", "begins_at", "ends_at"),
	*("place", "state", "description", "lecturer_name", "organiser", "section", "needs_registration", "capacity"),
	*("waiting_list", "registration_from", "registration_until", "contact", "gives_certificate", "cancel_reason"),
	*("record", "calendar_sequence", "creation", "modified"),
)


# -- events -------------------------------------------------------------------------------------


def event_filters(audiences: tuple[str, ...] = PUBLIC_EVENTS, **more) -> dict:
	"""Return the filters of public events, extended by `more`."""
	return {"state": ["in", EVENT_STATES], "audience": ["in", audiences], **programme_visibility.without_drafts(), **more}


def events(year: int | None = None, state: str | None = None, start: int = 0, limit: int = PAGE):
	"""Return (rows, total number) of announced, held and cancelled events, the latest first."""
	filters = event_filters()
	if year:
		filters["fiscal_year"] = year
	if state in EVENT_STATES:
		filters["state"] = state
	count = tallies.count(EVENT, filters)
	rows = page_of(EVENT, filters, EVENT_FIELDS, [("held_on", "desc"), ("name", "desc")], start, limit, count)
	return with_places(rows), count


def batches() -> Iterator[list[dict]]:
	"""Yield the announced, held and cancelled events, some hundred at a time, by name."""
	return map(with_places, in_batches(EVENT, event_filters(), EVENT_FIELDS))


def coming_events(audiences: tuple[str, ...] = PUBLIC_EVENTS, limit: int = PAGE, programme: str | None = None) -> list[dict]:
	"""Return announced events that are not over, of one programme if given, the next first."""
	event = frappe.qb.DocType(EVENT)
	wanted = event.audience.isin(audiences)
	return with_places(announced(wanted & (event.programme == programme) if programme else wanted, EVENT_FIELDS, limit))


def announced(where: Criterion, fields: Iterable[str], limit: int) -> list[dict]:
	"""Return announced events that are not over, the next first. A condition on a day is one that an index answers, unlike a filter of
	Frappe's."""
	event = frappe.qb.DocType(EVENT)
	query = frappe.qb.from_(event).select(*(event[field] for field in fields))
	query = query.where((event.state == "Announced") & (event.held_on >= nowdate()) & where)
	if drafts := programme_visibility.drafts():
		query = query.where(event.programme.isnull() | event.programme.notin(drafts))
	return query.orderby(event.held_on).orderby(event.begins_at).orderby(event.name).limit(limit).run(as_dict=True)


def event_names(limit: int) -> list[str]:
	"""Return the names of public events, the latest first."""
	return frappe.get_all(EVENT, event_filters(), pluck="name", order_by="held_on desc, name desc", limit=limit)


def events_between(programme: str, kinds: tuple[str, ...], first: datetime.date, last: datetime.date, limit: int = 5) -> list[dict]:
	"""[{name, event_name, held_on, begins_at}] of the announced and held events of these kinds between two days, in order."""
	filters = event_filters(programme=programme, event_kind=["in", kinds], held_on=["between", [first, last]])
	filters["state"] = ["in", [state for state in EVENT_STATES if state != "Cancelled"]]
	return frappe.get_all(EVENT, filters, ["name", "event_name", "held_on", "begins_at"], order_by="held_on asc, name asc", limit=limit)


def events_of_year(programme: str, year: int) -> list[dict]:
	"""[{name, event_name, event_kind, held_on, place, attended}] of the public events that were held in a fiscal year, in order.

	attended: people who were there, as far as it is recorded. Two queries.
	"""
	filters = event_filters(programme=programme, fiscal_year=year, state="Held")
	rows = frappe.get_all(EVENT, filters, ["name", "event_name", "event_kind", "held_on", "place"], order_by="held_on asc, name asc")
	table = frappe.qb.DocType(event_registrations.REGISTRATION)
	counted = (
		frappe.qb.from_(table)
		.select(table.event, Count(table.name).as_("attended"))
		.where(table.event.isin([row.name for row in rows] or [""]) & (table.attendance == "Attended"))
		.groupby(table.event)
		.run(as_dict=True)
	)
	attended = {row.event: cint(row.attended) for row in counted}
	for row in rows:
		row.attended = attended.get(row.name, 0)
	return rows


def event(name: str) -> dict | None:
	"""Return a public event with the fields that `with_places` adds, or None."""
	rows = frappe.get_all(EVENT, event_filters(name=name), list(EVENT_FIELDS), limit=1)
	return with_places(rows)[0] if rows else None


def with_places(rows: list[dict]) -> list[dict]:
	"""Add to each event `left` (free places; None without a limit), `full`, `waiting`, `closed` and `open`.

	`closed` is the RuleError that says why registration is closed, or None.
	"""
	figures = event_registrations.place_counts([row.name for row in rows])
	today = getdate(nowdate())
	for row in rows:
		counted = figures[row.name]
		row.left = places.places_left(cint(row.capacity), counted.places)
		row.full = bool(row.capacity and (not row.left or counted.waiting))
		row.waiting = counted.waiting
		row.closed = None
		try:
			places.check_registration_period(today, _day(row.registration_from), _day(row.registration_until), getdate(row.held_on))
		except RuleError as error:
			row.closed = error
		row.open = row.state == "Announced" and row.needs_registration and row.closed is None
	return rows


def _day(value):
	return getdate(value) if value else None


# -- guides -------------------------------------------------------------------------------------


PAGE_FIELDS = (
	"name",
	"page_title",
	"programme",
	"page_kind",
	"audience",
	"version_number",
	"adopted_on",
	"modified",
	"revising",
	"published",
	"comments_from",
	"comments_until",
)
ORDER = {"Guideline": 0, "Manual": 1, "Handbook": 2}


def page_filters(audiences: tuple[str, ...] = ("Everybody",), **more) -> dict:
	"""Return the filters of published pages for these audiences, extended by `more`."""
	return {"published": 1, "audience": ["in", audiences], **programme_visibility.without_drafts(), **more}


def guide(audiences: tuple[str, ...] = ("Everybody",), programmes: list[str] | None = None) -> list[dict]:
	"""Return published pages (of these programmes) for these audiences, the guideline first, then in the city's order."""
	rows = frappe.get_all(
		guides.PAGE,
		page_filters(audiences, **({"programme": ["in", programmes]} if programmes else {})),
		list(PAGE_FIELDS),
		order_by="position asc, page_title asc",
		limit=500,
	)
	for row in rows:
		row.invites = guides.invites_comments(row)
	return sorted(rows, key=lambda row: ORDER[row.page_kind])


def guide_page(name: str, audiences: tuple[str, ...] = ("Everybody",)) -> dict | None:
	"""Return a page with its earlier versions, its revision while that is public, and published comments; or None."""
	rows = frappe.get_all(
		guides.PAGE,
		page_filters(audiences, name=name),
		[*PAGE_FIELDS, "body", "revision", "revision_reason"],
		limit=1,
	)
	if not rows:
		return None
	row = rows[0]
	row.invites, row.shows_revision = guides.invites_comments(row), guides.shows_revision(row)
	if not row.shows_revision:
		row.revision = row.revision_reason = None
	row.versions = frappe.get_all(
		guides.VERSION,
		{"page": name, "version_number": ["<", row.version_number]},
		["version_number", "adopted_on"],
		order_by="version_number desc",
	)
	row.comments = page_comments.published_comments(name)
	return row


def guide_version(name: str, number: int, audiences: tuple[str, ...] = ("Everybody",)) -> dict | None:
	"""Return a version of a published page, or None."""
	page = frappe.db.get_value(
		guides.PAGE,
		page_filters(audiences, name=name),
		["name", "page_title", "programme", "version_number"],
		as_dict=True,
	)
	found = page and frappe.db.get_value(
		guides.VERSION, {"page": name, "version_number": number}, ["version_number", "adopted_on", "reason", "body"], as_dict=True
	)
	if not found:
		return None
	return frappe._dict(found, name=name, page_title=page.page_title, programme=page.programme, newest=page.version_number)


def event_years() -> list[int]:
	"""Return the fiscal years that have public events, the latest first."""
	return tallies.years(EVENT, event_filters())
