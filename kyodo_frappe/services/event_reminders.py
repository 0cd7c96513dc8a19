"""What the day brings for events: reminders the day before; registrations that nobody has confirmed, or that are
kept no longer, go."""

import datetime

import frappe
from frappe.utils import add_days, getdate, now_datetime

from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.services import event_mail, event_registrations
from kyodo_frappe.workflows.guard import by_service


def send(today: datetime.date | str | None = None) -> list[str]:
	"""Daily: mail those who have a place in an event of tomorrow, once; returns the events."""
	tomorrow = getdate(add_days(getdate(today), 1))
	names = frappe.get_all("Kyodo Event", {"state": "Announced", "held_on": tomorrow}, pluck="name", order_by="name")
	return [name for name in names if _remind(name, tomorrow)]


def _remind(name: str, tomorrow: datetime.date) -> bool:
	# one event at a time: a second scheduler waits here and then finds the mark
	event = frappe.get_doc("Kyodo Event", name, for_update=True)
	if event.reminded_for and getdate(event.reminded_for) == tomorrow:
		return False
	event.reminded_for = tomorrow
	with by_service(event):
		event.save(ignore_permissions=True)  # the scheduler's own mark
	event_mail.tell_all(event, "reminder", event_registrations.of(name, (event_registrations.PLACE,)))
	return True


def delete_unconfirmed(now: datetime.datetime | None = None) -> int:
	"""Daily: registrations whose link nobody has opened in time go, with the address; returns how many."""
	before = add_days(now or now_datetime(), -event_mail.UNCONFIRMED_DAYS)
	names = frappe.get_all(
		event_registrations.REGISTRATION,
		{"state": event_registrations.UNCONFIRMED, "creation": ["<", before]},
		pluck="name",
		order_by="name",
	)
	return _delete(names)


def delete_expired(today: datetime.date | str | None = None) -> int:
	"""Daily: who came to an event is forgotten when the programme's retention is over, counted from 1 April after the
	fiscal year of the event (domain.md §5); the event and what came of it stay. Returns how many registrations went."""
	year = fiscal_year(getdate(today))
	event, programme = frappe.qb.DocType("Kyodo Event"), frappe.qb.DocType("Kyodo Programme")
	registration = frappe.qb.DocType(event_registrations.REGISTRATION)
	names = (
		frappe.qb.from_(registration)
		.join(event)
		.on(event.name == registration.event)
		.join(programme)
		.on(programme.name == event.programme)
		.select(registration.name)
		.where((programme.retention_years > 0) & (event.fiscal_year + programme.retention_years < year))
		.orderby(registration.name)
		.run(pluck=True)
	)
	return _delete(names)


def _delete(registrations: list[str]) -> int:
	for name in registrations:
		# the scheduler's own housekeeping
		frappe.delete_doc(event_registrations.REGISTRATION, name, ignore_permissions=True, delete_permanently=True)
	return len(registrations)
