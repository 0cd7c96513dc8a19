"""The calendar feed of a user: their deadlines, meetings and events, at an address with a secret key.

Only the SHA-256 of the key is stored, among Frappe's defaults (as Frappe keeps the secrets of its second factor), so that it cannot be
used by somebody who reads the database. A new key makes the old address void.
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import frappe
from frappe import _
from frappe.utils import add_days, get_datetime, get_url_to_form, getdate

from kyodo_frappe import messages
from kyodo_frappe.committee import pages as meeting_pages
from kyodo_frappe.common import calendar_files, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.front import city_calendar, my_page, own_records
from kyodo_frappe.learning import registrations
from kyodo_frappe.permissions import reading_cache
from kyodo_frappe.permissions.roles import COMMITTEE, MANAGER, OFFICER, SECTION, require
from kyodo_frappe.web import desk, forms
from kyodo_frappe.web.page import Page

STORE = "__kyodo_calendar"  # parent of the defaults {user: SHA-256 of the key}
METHOD = "kyodo_frappe.front.actions.own_calendar"
KEPT_DAYS = 60  # past events stay so long
AHEAD_DAYS = 400  # as far as the city's staff look


def page() -> dict:
	"""Context of the page that explains the feed; its whole address only after a new key has been made."""
	made = _stored({"defkey": frappe.session.user})
	address = (forms.current_notice() or {}).get("calendar") or ""
	return {"title": _("My calendar"), "since": made and made.creation, "address": address}


def new_address() -> str:
	"""Make a new key for the current user and return the address of the feed, which is shown once."""
	key = secrets.token_hex(20)
	frappe.defaults.set_default(frappe.session.user, _hash(key), STORE)
	return messages.address(f"/api/method/{METHOD}?key={key}")


def revoke():
	"""Make the address of the current user's feed void."""
	frappe.defaults.clear_default(key=frappe.session.user, parent=STORE)


def revoke_of(user: str):
	"""Make the address of somebody's feed void, as their login is closed (hook kyodo_revoke_keys)."""
	frappe.defaults.clear_default(key=user, parent=STORE)


def user_of(key: str) -> str | None:
	"""Return the enabled user to whom a key belongs, or None. The key of a login that was deleted opens nothing of a later one."""
	stored = _stored({"defvalue": _hash(key)})
	user = stored and frappe.db.get_value("User", {"name": stored.defkey, "enabled": 1}, ["name", "creation"], as_dict=True)
	return user.name if user and get_datetime(user.creation) <= get_datetime(stored.creation) else None


def _stored(by: dict) -> dict | None:
	return frappe.db.get_value("DefaultValue", {"parent": STORE, **by}, ["defkey", "creation"], as_dict=True)


def _hash(key: str) -> str:
	return hashlib.sha256((key or "").encode()).hexdigest()


# -- what the feed says ------------------------------------------------------------------------


def feed(user: str) -> bytes:
	"""Return the calendar file of a user."""
	with _as_user(user), reading_cache.while_reading():
		if desk.works_there():
			return calendar_files.calendar_of(_of_the_city(), "city", title=_("Kyodo: meetings, events and deadlines"))
		tasks = my_page.tasks_of(own_records.find())
		entries = [_day(f"{task.kind}：{task.title}", task.due, task.address) for task in tasks if task.due]
		entries += [_day(row["label"], row["due"], "/kyodo/my") for row in my_page.deadlines()]
		entries += [_meeting(row) for row in (meeting_pages.upcoming() if COMMITTEE in frappe.get_roles() else [])]
		entries += [_event(row) for row in registrations.list_for_user(user) if _is_shown(row)]
		return calendar_files.calendar_of(entries, "own", title=_("Kyodo: my deadlines and meetings"))


def _of_the_city() -> list:
	"""Return the calendar of the desk as entries, with links to the records."""
	today = getdate()
	found = []
	for row in city_calendar.entries(add_days(today, -KEPT_DAYS), add_days(today, AHEAD_DAYS)):
		span = (
			(row["start"], add_days(row["end"], 1)) if row["all_day"] else tuple(map(calendar_files.in_tokyo, (row["start"], row["end"])))
		)
		address = urlsplit(get_url_to_form(row["doctype"], row["record"])).path
		found.append(_entry(row["title"], span, address, row["place"], key=str(row["start"]) if row["yearly"] else ""))
	return found


@contextmanager
def _as_user(user: str) -> Iterator[None]:
	"""Run the block as another user, in Japanese, and restore the session of the request afterwards."""
	session, form_dict, lang = frappe.local.session.copy(), frappe.local.form_dict, frappe.local.lang
	frappe.set_user(user)
	frappe.local.lang = RECORD_LANGUAGE
	try:
		yield
	finally:
		frappe.set_user(session.user)
		frappe.local.session.update(session)
		frappe.local.form_dict, frappe.local.lang = form_dict, lang


def _day(title: str, day, address: str):
	return _entry(title, calendar_files.span_of(day, None, None), address)


def _meeting(row: dict):
	title = vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type, RECORD_LANGUAGE)
	span = calendar_files.span_of(row.meeting_date, row.begins_at, None)
	return _entry(title, span, f"/kyodo/my/meetings/{row.name}", row.place)


def _event(row: dict):
	span = calendar_files.span_of(row.held_on, row.begins_at, row.ends_at)
	return _entry(row.event_name, span, "/kyodo/my/events", row.place)


def _is_shown(row: dict) -> bool:
	"""Whether an event is in the feed: announced, with a place or on the waiting list, and not long past."""
	return row.event_state == "Announced" and (getdate() - getdate(row.held_on)).days <= KEPT_DAYS


def _entry(title: str, span: calendar_files.Span, address: str, place: str | None = None, key: str = ""):
	uid = hashlib.sha256(f"{address} {title} {key}".strip().encode()).hexdigest()[:32]
	entry = calendar_files.new_entry(f"{uid}@{frappe.local.site}", None, span)
	entry.add("summary", title)
	entry.add("url", messages.address(address))
	if place:
		entry.add("location", place)
	return entry


# -- the same for the desk ---------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def subscribed_since() -> str:
	"""Return when the user made the address of their feed; "" without one. Raises PermissionError."""
	require(OFFICER, MANAGER, SECTION)
	made = _stored({"defkey": frappe.session.user})
	return str(made.creation) if made else ""


@frappe.whitelist(methods=["POST"])
def subscribe() -> str:
	"""Make a new address for the user's feed and return it, which is possible only now; the old one becomes void. Raises PermissionError."""
	require(OFFICER, MANAGER, SECTION)
	return new_address()


@frappe.whitelist(methods=["POST"])
def unsubscribe():
	"""Make the address of the user's feed void. Raises PermissionError."""
	require(OFFICER, MANAGER, SECTION)
	revoke()


PAGES = (Page("my/calendar", "front/calendar", page),)
