"""Messages to those who registered for an event, and the event as a calendar entry."""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, get_datetime, getdate

from kyodo_frappe import messages
from kyodo_frappe.committee.convening import DEFAULT_HOURS, TOKYO
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.learning import event_keys
from kyodo_frappe.rules.era import era_date_and_time

PLACE = "Registered"
UNCONFIRMED_DAYS = 3
# before somebody has opened the link, the name is what a stranger may have typed
UNNAMED = ("Registration To Confirm", "Registration Known")
WITH_ENTRY = ("Place Reserved", "Moved Up From the Waiting List", "Event Moved", "Event Called Off")


def tell(what: str, event: Document, *registrations: Document):
	"""Tell some who have registered; `what`: the message."""
	to = [person(event, row, named=what not in UNNAMED) for row in registrations]
	entry = [_attachment(event)] if what in WITH_ENTRY else None
	entries = {row.email: entry for row in registrations if entry and row.state == PLACE}
	days = {"days": UNCONFIRMED_DAYS} if what == UNNAMED[0] else {}
	messages.send(what, event, to=to, attachments=entries, **facts_of(event), **days)


def person(event: Document, registration: Document, named: bool = True) -> frappe._dict:
	"""Who registered, with their own link; the address of an event online is for those who have a place."""
	online = event.online_address if registration.state == PLACE else ""
	name = registration.attendee_name if named else ""
	return frappe._dict(email=registration.email, name=name, link=link(registration), online=online or "")


def facts_of(event: Document) -> dict:
	return {"when": when(event)}


def link(registration: Document) -> str:
	return messages.address(f"/kyodo/registration/{event_keys.key_of(registration)}")


def when(event: Document | dict) -> str:
	"""令和8年5月20日（水）18時30分から20時30分まで"""
	return era_date_and_time(getdate(event.held_on), event.begins_at, event.ends_at)


# -- the calendar entry -----------------------------------------------------------------------


def calendar_file(event: Document, with_place: bool = False) -> bytes:
	"""The event as an iCalendar file (RFC 5545): the same UID in every version. `with_place`: for one who has a place,
	with the online address. The caller has checked that the reader may know of the event."""
	from icalendar import Calendar, Event

	calendar, entry = Calendar(), Event()
	calendar.add("prodid", "-//kyodo_frappe//events//JA")
	calendar.add("version", "2.0")
	calendar.add("method", "PUBLISH")
	entry.add("uid", f"{event.name}@{frappe.local.site}")
	entry.add("sequence", cint(event.calendar_sequence))
	entry.add("dtstamp", datetime.datetime.now(datetime.timezone.utc))
	begin, end = _span(event)
	entry.add("dtstart", begin)
	entry.add("dtend", end)
	entry.add("summary", event.event_name)
	entry.add("location", event.place or _("Online", lang=RECORD_LANGUAGE))
	online = with_place and event.state == "Announced" and event.online_address
	entry.add("description", "\n".join(filter(None, [event.description, online])))
	if event.audience != "City Staff":
		entry.add("url", messages.address(f"/kyodo/events/{event.name}"))
	entry.add("status", "CANCELLED" if event.state == "Cancelled" else "CONFIRMED")
	calendar.add_component(entry)
	calendar.add_missing_timezones()
	return calendar.to_ical()


def _attachment(event: Document) -> dict:
	return {
		"fname": "event.ics",
		"fcontent": calendar_file(event, with_place=True),
		"content_type": "text/calendar; method=PUBLISH",
	}


def _span(event: Document) -> tuple:
	day = getdate(event.held_on)
	if not event.begins_at:
		return day, add_days(day, 1)
	begin = get_datetime(f"{day} {event.begins_at}").replace(tzinfo=TOKYO)
	if event.ends_at and event.ends_at > event.begins_at:
		return begin, get_datetime(f"{day} {event.ends_at}").replace(tzinfo=TOKYO)
	return begin, begin + datetime.timedelta(hours=DEFAULT_HOURS)
