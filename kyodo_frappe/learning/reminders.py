"""What the day brings for events: reminders before the day; registrations that nobody has confirmed, or that are kept no
longer, go."""

import datetime
from collections.abc import Iterator

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, getdate, now_datetime

from kyodo_frappe.learning import event_mail
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.messages.due import Due
from kyodo_frappe.rules.era import fiscal_year


def announced(today: datetime.date) -> Iterator[Due]:
	"""Events to come, for those who have a place in them."""
	filters = {"state": "Announced", "held_on": [">=", today]}
	for row in frappe.get_all("Kyodo Event", filters, ["name", "programme", "held_on"], order_by="held_on, name"):
		yield Due("Kyodo Event", row.name, row.programme, getdate(row.held_on), ask=_with_place)


def _with_place(event: Document) -> tuple[list[dict], dict]:
	registrations = event_registrations.of(event.name, (event_registrations.PLACE,))
	return [event_mail.person(event, row) for row in registrations], event_mail.facts_of(event)


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
