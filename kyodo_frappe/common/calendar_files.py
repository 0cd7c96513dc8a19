"""Calendar files (iCalendar, RFC 5545) of meetings and events.

The library is imported in the functions: it takes a sixth of a second, and most processes write no calendar.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from frappe.utils import add_days, get_datetime, getdate

if TYPE_CHECKING:
	from icalendar import Event, Timezone

TIMEZONE = "Asia/Tokyo"
DEFAULT_MINUTES = 120

Span = tuple[datetime.date, datetime.date]  # or two datetimes with a time zone


def new_entry(uid: str, sequence: int | None, span: Span, made_on: datetime.datetime | None = None) -> Event:
	"""Return an entry; its UID is the same in every version, and `sequence` counts the versions. `made_on`: now by default."""
	from icalendar import Event

	entry = Event()
	entry.add("uid", uid)
	entry.add("sequence", sequence or 0)
	entry.add("dtstamp", made_on or datetime.datetime.now(datetime.timezone.utc))
	begin, end = span
	entry.add("dtstart", begin)
	entry.add("dtend", end)
	return entry


def span_of(day, begins_at, ends_at, minutes: int | None = None) -> Span:
	"""Return start and end in Tokyo; two days if there is no hour. `minutes`: the length where no end is given."""
	day = getdate(day)
	if not begins_at:
		return day, add_days(day, 1)
	begin = _in_tokyo(day, begins_at)
	if ends_at and ends_at > begins_at:
		return begin, _in_tokyo(day, ends_at)
	return begin, begin + datetime.timedelta(minutes=minutes or DEFAULT_MINUTES)


def _in_tokyo(day: datetime.date, hour) -> datetime.datetime:
	return get_datetime(f"{day} {hour}").replace(tzinfo=ZoneInfo(TIMEZONE))


def in_tokyo(moment: datetime.datetime) -> datetime.datetime:
	"""Return a moment of the database with its time zone."""
	return get_datetime(moment).replace(tzinfo=ZoneInfo(TIMEZONE))


def calendar_file(entry: Event, method: str, kind: str) -> bytes:
	"""Return a file with one entry. `method`: PUBLISH, REQUEST or CANCEL (RFC 5546); `kind`: names the producer."""
	return calendar_of([entry], kind, method)


def calendar_of(entries: list[Event], kind: str, method: str = "PUBLISH", title: str = "") -> bytes:
	"""Return a file with several entries. `title`: what programs that subscribe to it call the calendar."""
	from icalendar import Calendar

	calendar = Calendar()
	calendar.add("prodid", f"-//kyodo_frappe//{kind}//JA")
	calendar.add("version", "2.0")
	calendar.add("method", method)
	if title:
		calendar.add("x-wr-calname", title)
	for entry in entries:
		calendar.add_component(entry)
	if calendar.get_missing_tzids():
		calendar.add_component(_timezone())
	return calendar.to_ical()


@lru_cache(maxsize=1)
def _timezone() -> Timezone:
	"""Return the definition of the time zone; making it takes longer than everything else here."""
	from icalendar import Timezone

	return Timezone.from_tzid(TIMEZONE)
