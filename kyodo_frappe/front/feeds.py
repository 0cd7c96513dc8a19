"""What people can subscribe to: Atom feeds of the public lists, and one calendar of everything with a date.

All of it comes from the rooms' public.py and needs no permission. Feeds and calendar are Japanese, like the records.
"""

from __future__ import annotations

import datetime
from functools import partial
from typing import TYPE_CHECKING

import frappe
from frappe import _
from frappe.utils import get_datetime, get_url, getdate

from kyodo_frappe.committee import public as meeting_public
from kyodo_frappe.common import calendar_files, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.learning import public as learning_public
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.rules.era import era_date, fiscal_year_range
from kyodo_frappe.web.atom import Entry, atom
from kyodo_frappe.web.resources import Resource
from kyodo_frappe.web.words import shortened
from kyodo_frappe.workflows import tallies

if TYPE_CHECKING:
	from icalendar import Event

ENTRIES = 50
DATES = 200  # entries of each kind in the calendar
SUMMARY_LENGTH = 300
IN_CALENDAR = ("Kyodo Meeting", "Kyodo Event", "Kyodo Call", "Kyodo Committee", "Kyodo Programme")
ATOM, CALENDAR = "application/atom+xml", "text/calendar"


# -- Atom -----------------------------------------------------------------------------------------


def feed(kind: str) -> tuple[bytes, str]:
	"""Return the Atom feed of a kind (KINDS), the newest first."""
	title, entries = KINDS[kind]
	programme = programme_public.programme() or {}
	city = programme.get("municipality_name") or _("Kyodo", lang=RECORD_LANGUAGE)
	return atom(
		title=f"{city} {_(title, lang=RECORD_LANGUAGE)}",
		author=city,
		address=get_url(f"/kyodo/feeds/{kind}.atom"),
		page=get_url(f"/kyodo/{kind}"),
		entries=list(entries()),
	), ATOM


def _proposals():
	for row in proposal_public.proposals(limit=ENTRIES)[0]:
		received = _moment(row.received_on)
		yield Entry(
			title=row.title,
			address=get_url(f"/kyodo/proposals/{row.name}"),
			published=received,
			updated=max(received, _moment(row.decided_on or row.received_on)),
			summary=shortened(row.public_summary or row.plain_summary, SUMMARY_LENGTH),
			category=_(row.workflow_state, lang=RECORD_LANGUAGE),
		)


def _projects():
	for row in project_public.projects(limit=ENTRIES)[0]:
		yield Entry(
			title=row.project_name,
			address=get_url(f"/kyodo/projects/{row.name}"),
			published=_moment(row.creation),
			updated=max(_moment(row.creation), _moment(row.completed_on or row.creation)),
			summary=shortened(row.public_summary or row.plain_summary, SUMMARY_LENGTH),
			category=_(row.workflow_state, lang=RECORD_LANGUAGE),
		)


def _meetings():
	for row in meeting_public.meetings(limit=ENTRIES)[0]:
		yield Entry(
			title=f"{era_date(getdate(row.meeting_date))} {_meeting_title(row)}",
			address=get_url(f"/kyodo/meetings/{row.name}"),
			published=_moment(row.creation),
			updated=_moment(row.modified),
			summary=row.place or "",
			category=_(row.workflow_state, lang=RECORD_LANGUAGE),
		)


def _calls():
	for row in programme_public.calls()[:ENTRIES]:
		# a call that is open all year is news at its beginning
		opens_on = _moment(row.opens_on or fiscal_year_range(row.fiscal_year)[0])
		yield Entry(
			title=row.call_name,
			address=get_url(f"/kyodo/calls/{row.name}"),
			published=opens_on,
			updated=opens_on,
			summary=shortened(row.description, SUMMARY_LENGTH),
		)


def _events():
	for row in learning_public.events(limit=ENTRIES)[0]:
		yield Entry(
			title=f"{era_date(getdate(row.held_on))} {row.event_name}",
			address=get_url(f"/kyodo/events/{row.name}"),
			published=_moment(row.creation),
			updated=_moment(row.modified),
			summary=shortened(row.description, SUMMARY_LENGTH),
			category=_(row.event_kind, lang=RECORD_LANGUAGE),
		)


def _moment(value) -> datetime.datetime:
	return get_datetime(value).replace(microsecond=0)


# {kind: (title, function that yields its entries)}; `kind` is the list's address below /kyodo, too
KINDS = {
	"proposals": ("Proposals", _proposals),
	"projects": ("Projects", _projects),
	"meetings": ("Meetings", _meetings),
	"calls": ("Calls", _calls),
	"events": ("Events", _events),
}


# -- the calendar -----------------------------------------------------------------------------------


def calendar() -> tuple[bytes, str]:
	"""Return meetings open to the public, events, and the first and last days of calls, as an iCalendar file (RFC 5545)."""
	return tallies.kept(f"calendar:{get_url()}", IN_CALENDAR, _calendar), CALENDAR


def _calendar() -> bytes:
	entries = [*_meeting_dates(), *_event_dates(), *_call_dates()]
	programme = programme_public.programme() or {}
	title = f"{programme.get('municipality_name') or ''} {_('Calendar', lang=RECORD_LANGUAGE)}".strip()
	return calendar_files.calendar_of(entries, "calendar", title=title)


def _meeting_dates():
	for row in meeting_public.meetings(limit=DATES, open_to_public=1, document_review=0)[0]:
		span = calendar_files.span_of(row.meeting_date, row.begins_at, row.ends_at)
		yield _entry(row, span, _meeting_title(row), f"/kyodo/meetings/{row.name}", row.place, key="-public")


def _event_dates():
	for row in learning_public.events(limit=DATES)[0]:
		span = calendar_files.span_of(row.held_on, row.begins_at, row.ends_at)
		entry = _entry(row, span, row.event_name, f"/kyodo/events/{row.name}", row.place, row.calendar_sequence)
		entry.add("status", "CANCELLED" if row.state == "Cancelled" else "CONFIRMED")
		yield entry


def _call_dates():
	for row in programme_public.calls():
		words = (
			("opens", row.opens_on, None, _("Opens: {0}", lang=RECORD_LANGUAGE)),
			("closes", row.closes_on, row.closing_hour, _("Closes: {0}", lang=RECORD_LANGUAGE)),
		)
		for key, day, hour, text in words:
			if day:
				span = calendar_files.span_of(day, hour, hour, minutes=1)
				yield _entry(row, span, text.format(row.call_name), f"/kyodo/calls/{row.name}", key=f"-{key}")


def _entry(row: dict, span, title: str, address: str, place: str | None = None, sequence: int = 0, key: str = "") -> Event:
	# an event has the UID of the file on its page, so that nobody has it twice; a member's invitation to a meeting has its own
	made_on = calendar_files.in_tokyo(row.modified or row.opens_on or fiscal_year_range(row.fiscal_year)[0]).astimezone(
		datetime.timezone.utc
	)
	entry = calendar_files.new_entry(f"{row.name}{key}@{frappe.local.site}", sequence, span, made_on)
	entry.add("summary", title)
	if place:
		entry.add("location", place)
	entry.add("url", get_url(address))
	return entry


def _meeting_title(row: dict) -> str:
	return f"{row.committee} {vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type, RECORD_LANGUAGE)}".strip()


RESOURCES = (
	*(Resource(f"feeds/{kind}.atom", partial(feed, kind)) for kind in KINDS),
	Resource("calendar.ics", calendar),
)
