"""Daily jobs for events: reminders, and deletion of registrations that are unconfirmed or past their retention."""

import datetime
from collections.abc import Iterator

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, getdate, now_datetime

from kyodo_frappe.learning import event_mail
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.messages.due import Due
from kyodo_frappe.rules.era import fiscal_year


def upcoming_events(today: datetime.date) -> Iterator[Due]:
	"""Yield announced events that are still to come; everybody with a place is reminded."""
	filters = {"state": "Announced", "held_on": [">=", today]}
	for row in frappe.get_all("Kyodo Event", filters, ["name", "programme", "held_on"], order_by="held_on, name"):
		yield Due("Kyodo Event", row.name, row.programme, getdate(row.held_on), ask=_recipients)


def _recipients(event: Document) -> tuple[list[dict], dict]:
	registrations = event_registrations.get_registrations(event.name, (event_registrations.PLACE,))
	return [event_mail.recipient_of(event, row) for row in registrations], event_mail.facts_of(event)


def delete_unconfirmed(now: datetime.datetime | None = None) -> int:
	"""Delete registrations whose link was not opened within UNCONFIRMED_DAYS; return how many."""
	before = add_days(now or now_datetime(), -event_mail.UNCONFIRMED_DAYS)
	names = frappe.get_all(
		event_registrations.REGISTRATION,
		{"state": event_registrations.UNCONFIRMED, "creation": ["<", before]},
		pluck="name",
		order_by="name",
	)
	return _delete(names)


def delete_expired(today: datetime.date | str | None = None) -> int:
	"""Delete registrations past the programme's retention and return how many; the event and its outcome stay.

	Retention is counted in years from 1 April after the fiscal year of the event (domain.md §5).
	"""
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
		# run by the scheduler
		frappe.delete_doc(event_registrations.REGISTRATION, name, ignore_permissions=True, delete_permanently=True)
	return len(registrations)
