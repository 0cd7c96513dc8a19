"""Mails about registrations for an event, and the event as an iCalendar file."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe import messages
from kyodo_frappe.common import calendar_files
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.learning import event_keys
from kyodo_frappe.rules.era import era_date_and_time

PLACE = "Registered"
UNCONFIRMED_DAYS = 3
# until the link has been opened, the name may have been typed by a stranger
WITHOUT_NAME = ("Registration To Confirm", "Registration Known")
WITH_CALENDAR_FILE = ("Place Reserved", "Moved Up From the Waiting List", "Event Moved", "Event Called Off")


def notify(message: str, event: Document, *registrations: Document):
	"""Send the event's `message` (messages/events.json) to the people of these registrations."""
	to = [recipient_of(event, row, named=message not in WITHOUT_NAME) for row in registrations]
	calendar = [_attachment(event)] if message in WITH_CALENDAR_FILE else None
	attachments = {row.email: calendar for row in registrations if calendar and row.state == PLACE}
	days = {"days": UNCONFIRMED_DAYS} if message == WITHOUT_NAME[0] else {}
	messages.send(message, event, to=to, attachments=attachments, **facts_of(event), **days)


def recipient_of(event: Document, registration: Document, named: bool = True) -> frappe._dict:
	"""Return {email, name, link, online} of a registration; `online` is empty without a place."""
	online = event.online_address if registration.state == PLACE else ""
	name = registration.attendee_name if named else ""
	return frappe._dict(email=registration.email, name=name, link=link(registration), online=online or "")


def facts_of(event: Document) -> dict[str, str]:
	"""Return the facts that every message about an event shares."""
	return {"when": date_and_time(event)}


def link(registration: Document) -> str:
	"""Return the address of a registration's own page."""
	return messages.address(f"/kyodo/registration/{event_keys.make_key(registration)}")


def date_and_time(event: Document | dict) -> str:
	"""Return an event's date and time as people read it: 令和8年5月20日（水）18時30分から20時30分まで."""
	return era_date_and_time(getdate(event.held_on), event.begins_at, event.ends_at)


# -- the calendar entry -----------------------------------------------------------------------


def calendar_file(event: Document, with_place: bool = False) -> bytes:
	"""Return an event as an iCalendar file (RFC 5545), with the same UID in every version.

	`with_place`: include the online address, for people who have a place. The caller has checked that the reader may see
	the event.
	"""
	hours = calendar_files.span_of(event.held_on, event.begins_at, event.ends_at)
	entry = calendar_files.new_entry(f"{event.name}@{frappe.local.site}", event.calendar_sequence, hours)
	entry.add("summary", event.event_name)
	entry.add("location", event.place or _("Online", lang=RECORD_LANGUAGE))
	online = with_place and event.state == "Announced" and event.online_address
	entry.add("description", "\n".join(filter(None, [event.description, online])))
	if event.audience != "City Staff":
		entry.add("url", messages.address(f"/kyodo/events/{event.name}"))
	entry.add("status", "CANCELLED" if event.state == "Cancelled" else "CONFIRMED")
	return calendar_files.calendar_file(entry, "PUBLISH", "events")


def _attachment(event: Document) -> dict:
	return {
		"fname": "event.ics",
		"fcontent": calendar_file(event, with_place=True),
		"content_type": "text/calendar; method=PUBLISH",
	}
