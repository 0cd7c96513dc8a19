"""Registrations for events: requesting and confirming a place, the waiting list, cancelling, and attendance.

A guest requests a place with a mail address and confirms it by a link (learning/event_keys.py); no place is taken before.
Every change of places locks the event first, so two people never get the same one.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, now_datetime, nowdate

from kyodo_frappe.accounts.invitations import clean_email, may_be_mailed
from kyodo_frappe.common import request_json
from kyodo_frappe.common.errors import InputMissing, InvalidRequest
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.common.queries import union
from kyodo_frappe.learning import event_keys, event_mail
from kyodo_frappe.learning.errors import AlreadyRegistered, EventStateError, InvalidLink, RegistrationClosed
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.field_limits import refuse_tags
from kyodo_frappe.permissions.people import organisations_of, sections_of
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, PORTAL, SECTION
from kyodo_frappe.rules import places
from kyodo_frappe.workflows import locking
from kyodo_frappe.workflows.guard import by_service

EVENT, REGISTRATION = "Kyodo Event", "Kyodo Event Registration"
UNCONFIRMED, PLACE, WAITING, CANCELLED = "Unconfirmed", places.PLACE, places.WAITING, "Cancelled"
ACTIVE = (PLACE, WAITING)
STAFF = {MANAGER, OFFICER, SECTION}
ROLES_BY_AUDIENCE = {"Everybody": {*STAFF, *PORTAL}, "Organisations": {*STAFF, *PORTAL}, "City Staff": STAFF}
MARKS = ("", "Attended", "Absent")
MAX_NAME_LENGTH = 140
MOST = 100  # registrations that a person's list shows


# -- by guests --------------------------------------------------------------------------------


def request_place(event: str, attendee_name: str, email: str, organisation_name: str = ""):
	"""Mail a guest the link that confirms a registration, or the link to the registration that exists already.

	The caller cannot tell the two apart. Raises DoesNotExistError, RegistrationClosed, and ValidationError where all places
	are taken or where name or mail address are missing.
	"""
	doc = _lock_event(event)
	_check_open(doc, guest=True)
	name, email = _clean_name(attendee_name), clean_email(email)
	refuse_tags(organisation_name, _("Organisation"))
	rows = _active_registrations(doc.name)
	_next_state(doc, rows)  # send no link where all places are taken
	if not may_be_mailed(email):
		return
	known = next((row for row in rows if row.email == email), None)
	if known and known.state in ACTIVE:
		event_mail.notify("Registration Known", doc, frappe.get_doc(REGISTRATION, known.name))
		return
	values = {"attendee_name": name, "organisation_name": (organisation_name or "").strip()[:MAX_NAME_LENGTH] or None}
	if known:
		registration = frappe.get_doc(REGISTRATION, known.name)
		_save(registration.update(values))
	else:
		registration = _new(doc, email, state=UNCONFIRMED, **values)
	event_mail.notify("Registration To Confirm", doc, registration)


def find_by_key(key: str) -> Document | None:
	"""Return the registration that a link's key opens, or None."""
	name = frappe.db.get_value(REGISTRATION, {"key_hash": event_keys.hash_key(key)}, "name")
	return frappe.get_doc(REGISTRATION, name) if name else None


def confirm(key: str) -> Document:
	"""Confirm a registration by the link of a mail and return it with its place or its position on the waiting list.

	Confirming again changes nothing. Raises InvalidLink, RegistrationClosed, and ValidationError where all places are taken.
	"""
	event, registration = _lock_by_key(key)
	if registration.state != UNCONFIRMED:
		return registration
	_check_announced(event)
	_assign_place(event, registration)
	return registration


def cancel(key: str) -> Document:
	"""Cancel a registration by the link of a mail. Raises InvalidLink, RegistrationClosed."""
	event, registration = _lock_by_key(key)
	return _cancel(event, registration)


# -- by a login -------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def take_part(event: str) -> str:
	"""Register the current user and return the registration's state: PLACE or WAITING.

	Raises PermissionError for an event of another audience, RegistrationClosed, AlreadyRegistered, and ValidationError
	where all places are taken.
	"""
	doc = _lock_event(event)
	if not ROLES_BY_AUDIENCE[doc.audience] & set(frappe.get_roles()):
		raise frappe.PermissionError
	_check_open(doc)
	email = _email_of(frappe.session.user)
	known = next((row for row in _active_registrations(doc.name) if row.email == email or row.user == frappe.session.user), None)
	if known and known.state in ACTIVE:
		frappe.throw(_("You are already registered for this event."), exc=AlreadyRegistered)
	registration = frappe.get_doc(REGISTRATION, known.name) if known else None
	if registration is None:
		registration = _new(
			doc,
			email,
			state=UNCONFIRMED,
			attendee_name=frappe.utils.get_fullname(frappe.session.user)[:MAX_NAME_LENGTH],
			**_affiliation_of(frappe.session.user),
		)
	registration.user = frappe.session.user
	_assign_place(doc, registration)
	return registration.state


@frappe.whitelist(methods=["POST"])
def cancel_mine(event: str) -> str:
	"""Cancel the current user's registration and return its state.

	Raises PermissionError where there is none, RegistrationClosed.
	"""
	doc = _lock_event(event)
	if not (row := _active_registration_of(doc.name)):
		raise frappe.PermissionError
	return _cancel(doc, frappe.get_doc(REGISTRATION, row.name)).state


def list_for_user(user: str) -> list[dict]:
	"""Return a user's latest MOST registrations (those by mail address as well) with fields of their events, the latest event first.

	`online_address` is None without a place.
	"""
	registration, event = frappe.qb.DocType(REGISTRATION), frappe.qb.DocType(EVENT)
	own = _own_names(user)
	latest = frappe.qb.from_(own).join(registration).on(registration.name == own.name).join(event).on(event.name == registration.event)
	latest = latest.select(registration.name).orderby(event.held_on, order=frappe.qb.desc).orderby(registration.name).limit(MOST)
	latest = latest.as_("latest")
	rows = (
		frappe.qb.from_(latest)
		.join(registration)
		.on(registration.name == latest.name)
		.join(event)
		.on(event.name == registration.event)
		.select(
			*(registration.name, registration.state, registration.attendance, registration.answered_on),
			*(registration.creation, registration.certificate_number),
			event.name.as_("event"),
			event.state.as_("event_state"),
			*(event.event_name, event.event_kind, event.held_on, event.begins_at, event.ends_at, event.place),
			*(event.online_address, event.gives_certificate, event.asked_on, event.cancel_reason, event.audience),
		)
		.orderby(event.held_on, order=frappe.qb.desc)
		.orderby(registration.name)
		.run(as_dict=True)
	)
	for row in rows:
		if row.state != PLACE or row.event_state != "Announced":
			row.online_address = None
	return rows


def _own_names(user: str):
	"""Return the query of the names of a user's registrations for events that lie ahead and for the events announced last.

	One address may have thousands of them: MOST of each kind are read, in the order of an index.
	"""
	table, event = frappe.qb.DocType(REGISTRATION), frappe.qb.DocType(EVENT)
	parts = []
	for state in ACTIVE:  # each by itself: an index gives one state in the order of its events
		for own in of_user(user):
			query = own.where(table.state == state).select(table.name)
			ahead = query.join(event).on(event.name == table.event).where(event.held_on >= nowdate())
			parts += [ahead.orderby(event.held_on, order=frappe.qb.desc), query.orderby(table.event, order=frappe.qb.desc)]
	parts = [frappe.qb.from_(part.limit(MOST).as_("part")).select("name") for part in parts]
	whole = parts[0]
	for part in parts[1:]:
		whole = whole.union(part)
	return whole.as_("own")


def events_of_user(user: str, names: list[str]) -> set[str]:
	"""Return those of the events for which a user is registered. One query."""
	table = frappe.qb.DocType(REGISTRATION)
	return {event for (event,) in union([query.select(table.event).where(table.event.isin(names)) for query in of_user(user)])}


def of_user(user: str) -> list:
	"""Return the queries of a user's active registrations: by login and by mail address, since no index answers both at once."""
	table = frappe.qb.DocType(REGISTRATION)
	active = frappe.qb.from_(table).where(table.state.isin(ACTIVE))
	return [active.where(table.user == user), active.where(table.email == _email_of(user))]


def state_label(state: str) -> str:
	"""Return the state of a registration in words, which differ from those of a cancelled event."""
	return {PLACE: _("Registration accepted"), CANCELLED: _("Registration withdrawn")}.get(state) or _(state)


def registration_of_user(event: str, user: str) -> dict | None:
	"""Return {name, state} of a user's registration for an event, or None."""
	return _active_registration_of(event, user)


# -- by the event's organisers --------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def listing(event: str) -> list[dict]:
	"""Return an event's registrations for its organisers: places first, then the waiting list, each by time of arrival.

	Raises PermissionError.
	"""
	doc = get_organised_event(event)
	fields = (
		*("name", "attendee_name", "organisation_name", "email", "state", "attendance", "registered_on", "note"),
		"certificate_number",
	)
	rows = frappe.get_all(
		REGISTRATION,
		{"event": doc.name, "state": ["in", ACTIVE]},
		list(fields),
		order_by="state desc, registered_on asc, name asc",
	)
	return sorted(rows, key=lambda row: row.state != PLACE)


@frappe.whitelist(methods=["POST"])
def register_somebody(event: str, attendee_name: str, email: str, organisation_name: str = "", came: bool = False) -> str:
	"""Register somebody who has telephoned, or (`came`) who came without registering; return the registration's state.

	Raises PermissionError unless the user organises the event, RegistrationClosed, AlreadyRegistered, and ValidationError
	where name or mail address are missing or all places are taken.
	"""
	get_organised_event(event)
	doc = _lock_event(event)
	name, email = _clean_name(attendee_name), clean_email(email)
	if cint(came):
		_check_day_reached(doc)
	else:
		_check_announced(doc)
	known = next((row for row in _active_registrations(doc.name) if row.email == email), None)
	if known and known.state in ACTIVE:
		frappe.throw(_("{0} is already registered for this event.").format(email), exc=AlreadyRegistered)
	values = {"attendee_name": name, "organisation_name": (organisation_name or "").strip()[:MAX_NAME_LENGTH] or None}
	registration = frappe.get_doc(REGISTRATION, known.name) if known else _new(doc, email, state=UNCONFIRMED, **values)
	if cint(came):
		registration.update({"state": PLACE, "attendance": "Attended", "registered_on": _now()})
		_save(registration)
	else:
		_assign_place(doc, registration)
	return registration.state


@frappe.whitelist(methods=["POST"])
def cancel_for(registration: str) -> str:
	"""Cancel a registration on behalf of the person registered and return its state.

	Raises PermissionError unless the user organises the event, RegistrationClosed.
	"""
	event = frappe.db.get_value(REGISTRATION, registration, "event")
	get_organised_event(event)
	doc = _lock_event(event)
	return _cancel(doc, frappe.get_doc(REGISTRATION, registration, for_update=True)).state


@frappe.whitelist(methods=["POST"])
def note_attendance(event: str, rows: list | str) -> int:
	"""Record attendance and return how many registrations changed.

	`rows`: [{name, attendance}, …] with Attended, Absent or "" (not recorded). Raises PermissionError unless the user
	organises the event, EventStateError before its day, and ValidationError for rows of another event or other values.
	"""
	get_organised_event(event)
	doc = _lock_event(event)
	_check_day_reached(doc)
	wanted = {str(row.get("name")): str(row.get("attendance") or "") for row in request_json.rows(rows)}
	known = {row.name: row for row in _active_registrations(doc.name) if row.state == PLACE}
	if set(wanted) - set(known) or set(wanted.values()) - set(MARKS):
		frappe.throw(_("These changes cannot be read. Please reload the page."), InvalidRequest)
	changed = [name for name, mark in wanted.items() if (known[name].attendance or "") != mark]
	for name in changed:
		_save(frappe.get_doc(REGISTRATION, name).update({"attendance": wanted[name] or None}))
	return len(changed)


def get_organised_event(event: str | None, lock: bool = False) -> Document:
	"""Return an event that the current user organises, locked if `lock`.

	Raises PermissionError, also where the event does not exist.
	"""
	if not event or not frappe.db.exists(EVENT, event):
		raise frappe.PermissionError
	doc = frappe.get_doc(EVENT, event, for_update=lock)
	doc.check_permission("write")
	return doc


def place_new_registration(registration: Document):
	"""Give a registration that is made in the desk its place by the same rule as any other.

	Raises RegistrationClosed, AlreadyRegistered, and ValidationError where all places are taken.
	"""
	event = _lock_event(registration.event)
	_check_announced(event)
	rows = _active_registrations(event.name)
	if any(row.email == registration.email and row.state in ACTIVE for row in rows):
		frappe.throw(_("{0} is already registered for this event.").format(registration.email), exc=AlreadyRegistered)
	registration.state, registration.registered_on = _next_state(event, rows), _now()


# -- places -----------------------------------------------------------------------------------


def get_registrations(event: str, states: tuple[str, ...] = ACTIVE) -> list[Document]:
	"""Return the registrations of an event in these states, by time of arrival. The caller has checked permissions."""
	names = frappe.get_all(REGISTRATION, {"event": event, "state": ["in", states]}, pluck="name", order_by="registered_on, name")
	return [frappe.get_doc(REGISTRATION, name) for name in names]


def fill_free_places(event: Document):
	"""Give free places to the waiting list, first come, first served, and mail the people. The caller has locked the event."""
	if event.state != "Announced":
		return
	rows = _active_registrations(event.name)
	waiting = [row for row in rows if row.state == WAITING]
	for row in places.to_move_up(cint(event.capacity), _count(rows, PLACE), waiting):
		registration = frappe.get_doc(REGISTRATION, row.name)
		registration.state = PLACE
		_save(registration)
		event_mail.notify("Moved Up From the Waiting List", event, registration)


def place_counts(events: list[str]) -> dict[str, dict]:
	"""Return {event: {places, waiting}}, the numbers of registrations with a place and without, in one query."""
	table = frappe.qb.DocType(REGISTRATION)
	rows = (
		frappe.qb.from_(table)
		.select(table.event, table.state, frappe.query_builder.functions.Count("*").as_("number"))
		.where(table.event.isin(events or [""]) & table.state.isin(ACTIVE))
		.groupby(table.event, table.state)
		.orderby(table.event)
		.run(as_dict=True)
	)
	found = {event: frappe._dict(places=0, waiting=0) for event in events}
	for row in rows:
		found[row.event]["places" if row.state == PLACE else "waiting"] = row.number
	return found


def _assign_place(event: Document, registration: Document):
	registration.state = _next_state(event, _active_registrations(event.name))
	registration.registered_on = _now()
	_save(registration)
	event_mail.notify("Place Reserved" if registration.state == PLACE else "Put on the Waiting List", event, registration)


def _next_state(event: Document, rows: list[dict]) -> str:
	with translate_rule_errors():
		return places.place_or_waiting(cint(event.capacity), _count(rows, PLACE), _count(rows, WAITING), bool(event.waiting_list))


def _cancel(event: Document, registration: Document) -> Document:
	if registration.state == CANCELLED:
		return registration
	_check_announced(event)
	registration.state = CANCELLED
	_save(registration)
	event_mail.notify("Registration Cancelled", event, registration)
	fill_free_places(event)
	return registration


def _active_registrations(event: str) -> list[dict]:
	"""Return {name, email, user, state, attendance} of registrations that are not cancelled, by time of arrival.

	A locking read: it sees what others have committed since the transaction began.
	"""
	table = frappe.qb.DocType(REGISTRATION)
	return (
		frappe.qb.from_(table)
		.select(table.name, table.email, table.user, table.state, table.attendance)
		.where((table.event == event) & (table.state != CANCELLED))
		.orderby(table.registered_on)
		.orderby(table.name)
		.for_update()
		.run(as_dict=True)
	)


def _count(rows: list[dict], state: str) -> int:
	return sum(row.state == state for row in rows)


def _lock_event(event: str) -> Document:
	"""Return an event, locked until the end of the transaction. Raises DoesNotExistError, for a planned one as well."""
	locking.lock((EVENT, event))
	found = frappe.db.exists(EVENT, event) and frappe.get_doc(EVENT, event, for_update=True)
	if not found or found.state == "Planned":
		frappe.throw(_("There is no such event."), frappe.DoesNotExistError)
	return found


def _lock_by_key(key: str) -> tuple[Document, Document]:
	registration = find_by_key(key)
	if registration is None:
		frappe.throw(_("This link is no longer valid."), exc=InvalidLink)
	event = _lock_event(registration.event)
	return event, frappe.get_doc(REGISTRATION, registration.name, for_update=True)


def _active_registration_of(event: str, user: str | None = None) -> dict | None:
	user = user or frappe.session.user
	table = frappe.qb.DocType(REGISTRATION)
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.state)
		.where((table.event == event) & table.state.isin(ACTIVE))
		.where((table.user == user) | (table.email == _email_of(user)))
		.orderby(table.name)
		.limit(1)
		.run(as_dict=True)
	)
	return rows[0] if rows else None


# -- checks -------------------------------------------------------------------------------------


def _check_open(event: Document, guest: bool = False):
	if (guest and event.audience == "City Staff") or programme_visibility.is_draft(event.programme):
		frappe.throw(_("There is no such event."), frappe.DoesNotExistError)
	_check_announced(event)
	if not event.needs_registration:
		frappe.throw(_("No registration is needed for this event. Please just come."), exc=RegistrationClosed)
	if guest and event.audience != "Everybody":
		frappe.throw(_("This event is for organisations. Please log in to register."), exc=RegistrationClosed)
	with translate_rule_errors():
		places.check_registration_period(
			getdate(nowdate()), _day(event.registration_from), _day(event.registration_until), getdate(event.held_on)
		)


def _check_announced(event: Document):
	if event.state == "Cancelled":
		frappe.throw(_("This event has been called off."), exc=RegistrationClosed)
	if event.state != "Announced" or getdate(event.held_on) < getdate(nowdate()):
		frappe.throw(_("This event is over."), exc=RegistrationClosed)


def _check_day_reached(event: Document):
	if event.state == "Cancelled" or getdate(event.held_on) > getdate(nowdate()):
		frappe.throw(_("Attendance can be recorded from the day of the event."), exc=EventStateError)


def _clean_name(text: str) -> str:
	name = " ".join((text or "").split())
	if not name or len(name) > MAX_NAME_LENGTH:
		frappe.throw(_("Please give your name."), InputMissing)
	refuse_tags(name, _("Name"))
	return name


# -- storing ------------------------------------------------------------------------------------


def _new(event: Document, email: str, **values) -> Document:
	registration = frappe.get_doc({"doctype": REGISTRATION, "event": event.name, "email": email, **values})
	with by_service(registration):
		registration.insert(ignore_permissions=True)  # guests register as well; the event's rules have been checked
	return registration


def _save(registration: Document):
	with by_service(registration):
		registration.save(ignore_permissions=True)  # the caller has checked the key, the person or the organiser


def _email_of(user: str) -> str:
	"""Return the address that a login was made for; its user may have changed `User.email` to another person's since."""
	return user.strip().lower()


def _affiliation_of(user: str) -> dict:
	"""Return the first organisation or section of a user as fields of a registration; {} if there is none."""
	for doctype, field, names in (
		("Kyodo Organisation", "organisation", organisations_of(user)),
		("Kyodo Section", "section", sections_of(user)),
	):
		if names:
			title = frappe.get_cached_value(doctype, names[0], f"{field}_name")
			return {field: names[0], "organisation_name": (title or "")[:MAX_NAME_LENGTH]}
	return {}


def _day(value):
	return getdate(value) if value else None


def _now():
	return now_datetime()
