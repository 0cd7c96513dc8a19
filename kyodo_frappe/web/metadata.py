"""What pages tell search engines, people who share them, and readers of feeds about themselves.

A page's context names it in `sharing` (see `about`). Everything in there comes from what the page shows: nothing else is public.
"""

import datetime
from urllib.parse import urlencode

import frappe
from frappe import _
from frappe.utils import cint, get_url

from kyodo_frappe.common import calendar_files
from kyodo_frappe.web import words

DESCRIPTION_LENGTH = 120
ATOM, CALENDAR = "application/atom+xml", "text/calendar"
SCHEMA = "https://schema.org"


def about(text: str | None = "", picture: str | None = None, picture_text: str = "", feeds=(), things=()) -> dict:
	"""Return what a page's context says in `sharing`.

	`text`: what the page is about, any length; `picture`: the address of a public picture, without host; `feeds`: as `feed` returns
	them; `things`: what the page describes, as schema.org names it (`event`, `breadcrumbs`).
	"""
	return {"text": text or "", "picture": picture, "picture_text": picture_text, "feeds": list(feeds), "things": list(things)}


def of_page(path: str, values: dict, appearance: dict, hidden: bool) -> dict:
	"""Return the values of web/meta.html for a page. `path`: without leading slash; `hidden`: not for search engines."""
	if hidden:
		return unlisted()
	said = values.get("sharing") or about()
	picture = said["picture"] or appearance["picture"]
	return {
		"listed": True,
		"description": words.shortened(said["text"] or appearance["invitation"], DESCRIPTION_LENGTH),
		"address": _canonical(path),
		"kind": "article" if said["things"] else "website",
		"picture": get_url(picture) if picture else None,
		"picture_text": said["picture_text"] if said["picture"] else appearance["picture_text"],
		"feeds": said["feeds"],
		"things": said["things"],
	}


def unlisted() -> dict:
	"""Return the values of web/meta.html for a page that search engines leave out."""
	return {"listed": False}


def _canonical(path: str) -> str:
	"""Return the one address of a page: with the number of a list's page, without filters and language."""
	page = cint(frappe.form_dict.get("page"))
	return get_url(f"/{path}" + (f"?{urlencode({'page': page})}" if page > 1 else ""))


def feed(title: str, address: str, kind: str = ATOM) -> dict:
	"""Return a feed for `sharing`. `address`: without host."""
	return {"title": title, "address": address, "kind": kind}


def subscriptions(kind: str) -> list[dict]:
	"""Return the feeds of a list: the Atom feed of its kind (front/feeds.py), and the calendar of what has a date."""
	titles = {
		"proposals": _("New proposals"),
		"projects": _("New projects"),
		"meetings": _("Meetings of the committee"),
		"calls": _("Calls"),
		"events": _("Events"),
	}
	feeds = [feed(titles[kind], f"/kyodo/feeds/{kind}.atom")]
	if kind in ("meetings", "calls", "events"):
		feeds.append(feed(_("Calendar"), "/kyodo/calendar.ics", CALENDAR))
	return feeds


def breadcrumbs(*places: tuple[str, str]) -> dict:
	"""Return where a page is, from the top downwards: (label, address without host) each."""
	items = [
		{"@type": "ListItem", "position": number, "name": label, "item": get_url(address)}
		for number, (label, address) in enumerate(places, start=1)
	]
	return {"@context": SCHEMA, "@type": "BreadcrumbList", "itemListElement": items}


def event(name: str, address: str, days: tuple, place: str | None, organiser: str | None, cancelled: bool = False, text: str = "") -> dict:
	"""Return a meeting or event. `days`: (day, begins at, ends at), the hours as HH:MM or None; `address`: without host."""
	day, begins_at, ends_at = days
	begins, ends = calendar_files.span_of(day, begins_at, ends_at)
	found = {
		"@context": SCHEMA,
		"@type": "Event",
		"name": name,
		"url": get_url(address),
		"startDate": begins.isoformat(),
		"eventStatus": f"{SCHEMA}/{'EventCancelled' if cancelled else 'EventScheduled'}",
		"eventAttendanceMode": f"{SCHEMA}/{'OfflineEventAttendanceMode' if place else 'OnlineEventAttendanceMode'}",
	}
	if ends_at and isinstance(ends, datetime.datetime):
		found["endDate"] = ends.isoformat()
	if place:
		found["location"] = {"@type": "Place", "name": place, "address": place}
	if organiser:
		found["organizer"] = {"@type": "GovernmentOrganization", "name": organiser}
	if text:
		found["description"] = words.shortened(text, DESCRIPTION_LENGTH)
	return found
