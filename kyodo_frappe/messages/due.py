"""Due records and the reminders that are to be sent on a day (Kyodo Message: days, repeat_days)."""

import datetime
from collections.abc import Callable
from typing import NamedTuple

from frappe.model.document import Document

from kyodo_frappe.messages.events import Event
from kyodo_frappe.messages.sending import MessageRow, message_rows


class Due(NamedTuple):
	"""A record that is due on a day.

	`before`: days before the due date for rows without days of their own, where a rule of the programme gives them; `ask`:
	returns (recipients, further facts), called once the record is locked; `key`: distinguishes several due dates of one
	record.
	"""

	doctype: str
	name: str
	programme: str | None
	on: datetime.date
	before: int | None = None
	ask: Callable[[Document], tuple[list[dict], dict]] | None = None
	key: str = ""


def stages(event: Event, due: Due, today: datetime.date) -> list[tuple[MessageRow, str]]:
	"""Return [(row, name of its stage)] reached on a day: the latest stage for each kind of recipient.

	A reminder before the due date that was missed is sent until that date, not afterwards.
	"""
	last = {}
	for way in message_rows(event, due.programme):
		if found := _stage(way, event, due, today):
			last[way.recipients] = max(last.get(way.recipients, (found[0], way, found[1])), (found[0], way, found[1]), key=lambda s: s[0])
	return [(way, name) for _reached, way, name in last.values()]


def _stage(way: MessageRow, event: Event, due: Due, today: datetime.date) -> tuple[int, str] | None:
	"""Return (days after the due date, name) of the stage that a row has reached, or None."""
	said = due.before if due.before is not None else event.before or 0
	days = way.days if way.days is not None else -said
	since = (today - due.on).days
	if since < days or (days <= 0 < since):
		return None
	turn = (since - days) // way.repeat_days if way.repeat_days else 0
	return days + turn * way.repeat_days, f"{days}+{turn}" if turn else str(days)
