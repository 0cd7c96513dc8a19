"""Message rows of a programme (Kyodo Message): which messages a city sends, to whom, by which channel, and when.

A new programme gets rows for every event, so that managers see what is sent. Events without a row are sent as `events.json`
declares.
"""

import unicodedata

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.messages import templates
from kyodo_frappe.messages.errors import InvalidDays, PrivateMessage, RequiredMessage
from kyodo_frappe.messages.events import CONCERNED, DESK, MAIL, Event, all_events, event_of
from kyodo_frappe.messages.sending import days_of

MAX_DAYS = 366  # days before or after


def add_missing(programme: Document) -> int:
	"""Add rows for the events that a programme lacks; returns their number."""
	named = {row.event for row in programme.messages}
	missing = [(name, way) for name, event in all_events().items() if name not in named for way in event.ways]
	for name, way in missing:
		programme.append("messages", {"event": name, "enabled": 1, "recipients": CONCERNED, "channel": MAIL, **way})
	return len(missing)


def check(programme: Document):
	"""Validate the message rows of a programme. Raises InvalidDays, RequiredMessage, PrivateMessage, InvalidTemplate."""
	for row in programme.messages:
		if row.event not in all_events():
			continue  # Frappe refuses unknown options itself
		event = event_of(row.event)
		row.days = _as_days(row, event)
		_check_restrictions(row, event)
		if row.email_template and row.email_template != templates.name_of(event.name):
			with_place = _("Row {0} (“{1}”), template “{2}”").format(row.idx, _(row.event), row.email_template)
			templates.check(event, *templates.template_of(event, row.email_template), place=with_place)


def _as_days(row: Document, event: Event) -> str | None:
	if not event.is_reminder:
		return None
	typed = unicodedata.normalize("NFKC", str(row.days if row.days is not None else "")).replace("−", "-").strip()
	try:
		days = days_of(typed)
	except ValueError:
		days = MAX_DAYS + 1
	if days is None:
		return None
	if abs(days) > MAX_DAYS:
		frappe.throw(
			_("Row {0} (“{1}”): “{2}” is not a number of days. Please enter a whole number, for example -14 for two weeks before.").format(
				row.idx, _(row.event), row.days
			),
			InvalidDays,
		)
	return str(days)


def _check_restrictions(row: Document, event: Event):
	if event.required and not cint(row.enabled):
		frappe.throw(
			_("Row {0}: “{1}” cannot be disabled, because users need it to log in or to respond. You may change its text.").format(
				row.idx, _(row.event)
			),
			RequiredMessage,
		)
	if (event.required or event.private) and (row.recipients or CONCERNED) != CONCERNED:
		frappe.throw(
			_("Row {0}: “{1}” contains information for the person concerned only. Please choose “{2}”.").format(
				row.idx, _(row.event), _(CONCERNED)
			),
			PrivateMessage,
		)
	if event.required and row.channel == DESK:
		frappe.throw(
			_("Row {0}: “{1}” is always sent by mail. Please choose “{2}”.").format(row.idx, _(row.event), _(MAIL)), RequiredMessage
		)
