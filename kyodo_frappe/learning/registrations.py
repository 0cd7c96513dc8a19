"""Who comes to an event: asking for a place, confirming it by a link, waiting, moving up, cancelling, attendance.

A guest asks with a mail address and confirms by a link (learning/event_keys.py); until then no place is taken. Whoever
takes or frees a place locks the event first: two at the same moment never get the same one.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, now_datetime, nowdate

from kyodo_frappe.accounts.invitations import clean_email, may_be_mailed
from kyodo_frappe.common import request_json
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.learning import event_keys, event_mail
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.field_limits import refuse_tags
from kyodo_frappe.permissions.people import organisations_of, sections_of
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, PORTAL, SECTION
from kyodo_frappe.rules import places
from kyodo_frappe.workflows import locking
from kyodo_frappe.workflows.guard import by_service

EVENT, REGISTRATION = "Kyodo Event", "Kyodo Event Registration"
UNCONFIRMED, PLACE, WAITING, CANCELLED = "Unconfirmed", places.PLACE, places.WAITING, "Cancelled"
TAKEN = (PLACE, WAITING)
STAFF = {MANAGER, OFFICER, SECTION}
FOR = {"Everybody": {*STAFF, *PORTAL}, "Organisations": {*STAFF, *PORTAL}, "City Staff": STAFF}
MARKS = ("", "Attended", "Absent")
LONGEST_NAME = 140


# -- asked for by guests ----------------------------------------------------------------------


def ask(event: str, attendee_name: str, email: str, organisation_name: str = ""):
	"""Mail a guest the link that confirms a registration; to who is registered already, a link to it. The asker learns
	nothing of that. Raises ValidationError: not open to guests, not open now, no places, no name, no mail address."""
	doc = _locked(event)
	_check_open(doc, guest=True)
	name, email = _name(attendee_name), clean_email(email)
	refuse_tags(organisation_name, _("Organisation"))
	rows = _rows(doc.name)
	_place(doc, rows)  # where all is full, nobody is sent a link in vain
	if not may_be_mailed(email):
		return
	known = next((row for row in rows if row.email == email), None)
	if known and known.state in TAKEN:
		event_mail.tell("Registration Known", doc, frappe.get_doc(REGISTRATION, known.name))
		return
	values = {"attendee_name": name, "organisation_name": (organisation_name or "").strip()[:LONGEST_NAME] or None}
	if known:
		registration = frappe.get_doc(REGISTRATION, known.name)
		_save(registration.update(values))
	else:
		registration = _new(doc, email, state=UNCONFIRMED, **values)
	event_mail.tell("Registration To Confirm", doc, registration)


def by_key(key: str) -> Document | None:
	"""The registration that a link's key opens; None if there is none."""
	name = frappe.db.get_value(REGISTRATION, {"key_hash": event_keys.hash_of(key)}, "name")
	return frappe.get_doc(REGISTRATION, name) if name else None


def confirm(key: str) -> Document:
	"""Take the place that a link confirms, or one on the waiting list. A second time changes nothing.

	Raises ValidationError for a link that is no longer good, for an event that is not to come, and where all is full.
	"""
	event, registration = _of_key(key)
	if registration.state != UNCONFIRMED:
		return registration
	_check_announced(event)
	_put(event, registration)
	return registration


def cancel(key: str) -> Document:
	"""Give a place back by the link of a mail. Raises as `confirm`."""
	event, registration = _of_key(key)
	return _cancel(event, registration)


# -- by a login -------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def take_part(event: str) -> str:
	"""Register the current user; returns the state: a place, or the waiting list.

	Raises PermissionError for an event that is not for them, ValidationError as `ask`, or who is registered already.
	"""
	doc = _locked(event)
	if not FOR[doc.audience] & set(frappe.get_roles()):
		raise frappe.PermissionError
	_check_open(doc)
	email = _email_of(frappe.session.user)
	known = next((row for row in _rows(doc.name) if row.email == email or row.user == frappe.session.user), None)
	if known and known.state in TAKEN:
		frappe.throw(_("You are registered for this event already."))
	registration = frappe.get_doc(REGISTRATION, known.name) if known else None
	if registration is None:
		registration = _new(
			doc,
			email,
			state=UNCONFIRMED,
			attendee_name=frappe.utils.get_fullname(frappe.session.user)[:LONGEST_NAME],
			**_belongs_to(frappe.session.user),
		)
	registration.user = frappe.session.user
	_put(doc, registration)
	return registration.state


@frappe.whitelist(methods=["POST"])
def cancel_mine(event: str) -> str:
	"""Give the current user's place back. Raises PermissionError where they have none, ValidationError as `cancel`."""
	doc = _locked(event)
	if not (row := _mine(doc.name)):
		raise frappe.PermissionError
	return _cancel(doc, frappe.get_doc(REGISTRATION, row.name)).state


def mine_of(user: str) -> list[dict]:
	"""Registrations of a login, those by its mail address too, with their events, the latest event first.

	The online address only with a place.
	"""
	registration, event = frappe.qb.DocType(REGISTRATION), frappe.qb.DocType(EVENT)
	rows = (
		frappe.qb.from_(registration)
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
		.where((registration.user == user) | (registration.email == _email_of(user)))
		.where(registration.state.isin(TAKEN))
		.orderby(event.held_on, order=frappe.qb.desc)
		.orderby(registration.name)
		.limit(100)
		.run(as_dict=True)
	)
	for row in rows:
		if row.state != PLACE or row.event_state != "Announced":
			row.online_address = None
	return rows


def said(state: str) -> str:
	"""The state of a registration in words: an event that is “Cancelled” takes place for nobody, a registration for one."""
	return {PLACE: _("Registration accepted"), CANCELLED: _("Registration withdrawn")}.get(state) or _(state)


def state_of(event: str, user: str) -> dict | None:
	"""{name, state} of a login's registration for an event, if it has one."""
	return _mine(event, user)


# -- by those who organise the event ------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def listing(event: str) -> list[dict]:
	"""Who is registered, in the order in which they came: for those who organise the event. Raises PermissionError."""
	doc = check_organiser(event)
	fields = (
		*("name", "attendee_name", "organisation_name", "email", "state", "attendance", "registered_on", "note"),
		"certificate_number",
	)
	rows = frappe.get_all(
		REGISTRATION,
		{"event": doc.name, "state": ["in", TAKEN]},
		list(fields),
		order_by="state desc, registered_on asc, name asc",
	)
	return sorted(rows, key=lambda row: row.state != PLACE)


@frappe.whitelist(methods=["POST"])
def register_somebody(event: str, attendee_name: str, email: str, organisation_name: str = "", came: bool = False) -> str:
	"""Note somebody who registered by telephone, or (`came`) who came without; returns the state.

	Raises PermissionError for who does not organise the event, ValidationError for a bad address or no name, for who is
	registered already, and where all is full.
	"""
	check_organiser(event)
	doc = _locked(event)
	name, email = _name(attendee_name), clean_email(email)
	if cint(came):
		_check_day_has_come(doc)
	else:
		_check_announced(doc)
	known = next((row for row in _rows(doc.name) if row.email == email), None)
	if known and known.state in TAKEN:
		frappe.throw(_("{0} is registered for this event already.").format(email))
	values = {"attendee_name": name, "organisation_name": (organisation_name or "").strip()[:LONGEST_NAME] or None}
	registration = frappe.get_doc(REGISTRATION, known.name) if known else _new(doc, email, state=UNCONFIRMED, **values)
	if cint(came):
		registration.update({"state": PLACE, "attendance": "Attended", "registered_on": _now()})
		_save(registration)
	else:
		_put(doc, registration)
	return registration.state


@frappe.whitelist(methods=["POST"])
def cancel_for(registration: str) -> str:
	"""Cancel somebody's registration at their wish. Raises PermissionError for who does not organise the event."""
	event = frappe.db.get_value(REGISTRATION, registration, "event")
	check_organiser(event)
	doc = _locked(event)
	return _cancel(doc, frappe.get_doc(REGISTRATION, registration, for_update=True)).state


@frappe.whitelist(methods=["POST"])
def note_attendance(event: str, rows: list | str) -> int:
	"""Note who came: [{name, attendance}] with Attended, Absent or "" (not noted); returns how many changed.

	Raises PermissionError for who does not organise the event, ValidationError before its day and for rows that are not
	of this event.
	"""
	check_organiser(event)
	doc = _locked(event)
	_check_day_has_come(doc)
	wanted = {str(row.get("name")): str(row.get("attendance") or "") for row in request_json.rows(rows)}
	known = {row.name: row for row in _rows(doc.name) if row.state == PLACE}
	if set(wanted) - set(known) or set(wanted.values()) - set(MARKS):
		frappe.throw(_("These changes cannot be read. Please reload the page."))
	changed = [name for name, mark in wanted.items() if (known[name].attendance or "") != mark]
	for name in changed:
		_save(frappe.get_doc(REGISTRATION, name).update({"attendance": wanted[name] or None}))
	return len(changed)


def check_organiser(event: str | None) -> Document:
	"""An event that this login organises. Raises PermissionError, the same for what is not there."""
	if not event or not frappe.db.exists(EVENT, event):
		raise frappe.PermissionError
	doc = frappe.get_doc(EVENT, event)
	doc.check_permission("write")
	return doc


def complete(registration: Document):
	"""What is true of every registration; one that the office makes in the desk gets its place by the same rule."""
	registration.email = clean_email(registration.email)
	if not registration.is_new():
		return
	registration.key_hash = event_keys.hash_of(event_keys.key_of(registration))
	if registration.flags.kyodo_service:
		return
	event = _locked(registration.event)
	_check_announced(event)
	rows = _rows(event.name)
	if any(row.email == registration.email and row.state in TAKEN for row in rows):
		frappe.throw(_("{0} is registered for this event already.").format(registration.email))
	registration.state, registration.registered_on = _place(event, rows), _now()


# -- places -----------------------------------------------------------------------------------


def of(event: str, states: tuple[str, ...] = TAKEN) -> list[Document]:
	"""The registrations of an event, for its mails. The caller has checked who is asking."""
	names = frappe.get_all(REGISTRATION, {"event": event, "state": ["in", states]}, pluck="name", order_by="registered_on, name")
	return [frappe.get_doc(REGISTRATION, name) for name in names]


def move_up(event: Document):
	"""Give places that are free to those who wait, first come first, and tell them. The event is locked by the caller."""
	if event.state != "Announced":
		return
	rows = _rows(event.name)
	waiting = [row for row in rows if row.state == WAITING]
	for row in places.moving_up(cint(event.capacity), _count(rows, PLACE), waiting):
		registration = frappe.get_doc(REGISTRATION, row.name)
		registration.state = PLACE
		_save(registration)
		event_mail.tell("Moved Up From the Waiting List", event, registration)


def figures(events: list[str]) -> dict[str, dict]:
	"""{event: {places, waiting}} of several events, in one query."""
	table = frappe.qb.DocType(REGISTRATION)
	rows = (
		frappe.qb.from_(table)
		.select(table.event, table.state, frappe.query_builder.functions.Count("*").as_("number"))
		.where(table.event.isin(events or [""]) & table.state.isin(TAKEN))
		.groupby(table.event, table.state)
		.orderby(table.event)
		.run(as_dict=True)
	)
	found = {event: frappe._dict(places=0, waiting=0) for event in events}
	for row in rows:
		found[row.event]["places" if row.state == PLACE else "waiting"] = row.number
	return found


def _put(event: Document, registration: Document):
	registration.state = _place(event, _rows(event.name))
	registration.registered_on = _now()
	_save(registration)
	event_mail.tell("Place Reserved" if registration.state == PLACE else "Put on the Waiting List", event, registration)


def _place(event: Document, rows: list[dict]) -> str:
	with translate_rule_errors():
		return places.place(cint(event.capacity), _count(rows, PLACE), _count(rows, WAITING), bool(event.waiting_list))


def _cancel(event: Document, registration: Document) -> Document:
	if registration.state == CANCELLED:
		return registration
	_check_announced(event)
	registration.state = CANCELLED
	_save(registration)
	event_mail.tell("Registration Cancelled", event, registration)
	move_up(event)
	return registration


def _rows(event: str) -> list[dict]:
	"""Registrations that are not cancelled, in the order in which they came: as they are at this moment, not as they were
	when the transaction began (a locking read)."""
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


def _locked(event: str) -> Document:
	"""The event, until the end of the transaction ours alone. Raises ValidationError, the same for one that is planned."""
	locking.lock((EVENT, event))
	found = frappe.db.exists(EVENT, event) and frappe.get_doc(EVENT, event, for_update=True)
	if not found or found.state == "Planned":
		frappe.throw(_("There is no such event."), frappe.DoesNotExistError)
	return found


def _of_key(key: str) -> tuple[Document, Document]:
	registration = by_key(key)
	if registration is None:
		frappe.throw(_("This link is no longer valid."))
	event = _locked(registration.event)
	return event, frappe.get_doc(REGISTRATION, registration.name, for_update=True)


def _mine(event: str, user: str | None = None) -> dict | None:
	user = user or frappe.session.user
	table = frappe.qb.DocType(REGISTRATION)
	rows = (
		frappe.qb.from_(table)
		.select(table.name, table.state)
		.where((table.event == event) & table.state.isin(TAKEN))
		.where((table.user == user) | (table.email == _email_of(user)))
		.orderby(table.name)
		.limit(1)
		.run(as_dict=True)
	)
	return rows[0] if rows else None


# -- what is asked before ------------------------------------------------------------------------


def _check_open(event: Document, guest: bool = False):
	if (guest and event.audience == "City Staff") or programme_visibility.is_draft(event.programme):
		frappe.throw(_("There is no such event."), frappe.DoesNotExistError)
	_check_announced(event)
	if not event.needs_registration:
		frappe.throw(_("No registration is needed for this event. Please just come."))
	if guest and event.audience != "Everybody":
		frappe.throw(_("This event is for organisations. Please log in to register."))
	with translate_rule_errors():
		places.check_period(getdate(nowdate()), _day(event.registration_from), _day(event.registration_until), getdate(event.held_on))


def _check_announced(event: Document):
	if event.state == "Cancelled":
		frappe.throw(_("This event has been called off."))
	if event.state != "Announced" or getdate(event.held_on) < getdate(nowdate()):
		frappe.throw(_("This event is over."))


def _check_day_has_come(event: Document):
	if event.state == "Cancelled" or getdate(event.held_on) > getdate(nowdate()):
		frappe.throw(_("Attendance is noted from the day of the event on."))


def _name(text: str) -> str:
	name = " ".join((text or "").split())
	if not name or len(name) > LONGEST_NAME:
		frappe.throw(_("Please give your name."))
	refuse_tags(name, _("Name"))
	return name


# -- keeping ------------------------------------------------------------------------------------


def _new(event: Document, email: str, **values) -> Document:
	registration = frappe.get_doc({"doctype": REGISTRATION, "event": event.name, "email": email, **values})
	with by_service(registration):
		registration.insert(ignore_permissions=True)  # guests register too; what they may ask for has been checked
	return registration


def _save(registration: Document):
	with by_service(registration):
		registration.save(ignore_permissions=True)  # by its key, its person or an organiser, as checked before


def _email_of(user: str) -> str:
	"""The address that a login was made for. `User.email` is what the login has written there since, maybe another's."""
	return user.strip().lower()


def _belongs_to(user: str) -> dict:
	"""The first organisation or section of a login, as an attendance list shows it."""
	for doctype, field, names in (
		("Kyodo Organisation", "organisation", organisations_of(user)),
		("Kyodo Section", "section", sections_of(user)),
	):
		if names:
			title = frappe.get_cached_value(doctype, names[0], f"{field}_name")
			return {field: names[0], "organisation_name": (title or "")[:LONGEST_NAME]}
	return {}


def _day(value):
	return getdate(value) if value else None


def _now():
	return now_datetime()
