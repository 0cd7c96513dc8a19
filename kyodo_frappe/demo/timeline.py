"""The demo city's years as one timeline: what happens is noted first, in any order, and then done day by day on a simulated clock."""

import datetime
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import frappe
from frappe.workflow.doctype.workflow_action import workflow_action

from kyodo_frappe.common import tasks
from kyodo_frappe.demo.clock import Clock
from kyodo_frappe.messages import delivery, outbox
from kyodo_frappe.rules.calendar import next_open_day, previous_open_day
from kyodo_frappe.rules.era import era_year, fiscal_year

# "-1 08-20" (year before this fiscal year, month and day) or "-12d" (days from today), and a time if it matters: "-1 08-20 21:14"
WHEN = re.compile(r"(?:(?P<year>-?\d+) (?P<month>\d\d)-(?P<day>\d\d)|(?P<days>[+-]\d+)d)(?: (?P<hour>\d\d):(?P<minute>\d\d))?")
# Frappe compares times as texts, and writes those without microseconds in two ways
A_MICROSECOND = 1
MINUTE = datetime.timedelta(minutes=1)
# older days leave no mails, and no entries in the desk's list of what waits: both are of those days, and take half of the time
RECENT_DAYS = 90
OFFICE_HOURS = (datetime.time(9, 0), 480)


class Entry(NamedTuple):
	"""Something that happens. order: of two at the same moment, the one that was noted first."""

	day: datetime.date
	time: datetime.time
	order: int
	act: Callable[[], None]


class Timeline:
	"""Notes what happens on which day, and does it in that order.

	today: the last day; the fiscal year in which it falls is year 0 of the dates.
	"""

	FIRST_HOUR = OFFICE_HOURS[0]

	def __init__(self, clock: Clock, today: datetime.date):
		self.clock, self.today = clock, today
		self.year = fiscal_year(today)
		self._entries: list[Entry] = []

	def day_of(self, when: str) -> datetime.date:
		"""Return the day that `when` names (see WHEN)."""
		found = WHEN.fullmatch(when)
		if found is None:
			raise ValueError(f"not a day of the timeline: {when!r}")
		if found["days"]:
			return self.today + datetime.timedelta(days=int(found["days"]))
		month = int(found["month"])
		return datetime.date(self.year + int(found["year"]) + (month < 4), month, int(found["day"]))

	def is_relative(self, when: str) -> bool:
		"""Whether a day is told from today."""
		return when.endswith("d")

	def year_of(self, when: str) -> int:
		"""Return the fiscal year of a day."""
		return fiscal_year(self.day_of(when))

	def year_name(self, year: int) -> str:
		"""Return a fiscal year in words: 令和6年度."""
		return era_year(year)

	def shifted(self, day: datetime.date, days: int) -> datetime.date:
		"""Return the day so many days later, or earlier."""
		return day + datetime.timedelta(days=days)

	def open_day(self, when: str) -> datetime.date:
		"""Return the first day from `when` on at which the city is open."""
		return next_open_day(self.day_of(when))

	def note(self, when: str | datetime.date, act: Callable[[], None], office: bool = False, since: datetime.date | None = None):
		"""Note an act; what lies after today does not happen. Returns its day, or None.

		office: done by the city, which is closed on weekends and holidays; since: the earliest day, so that one story keeps its order.
		"""
		day = self.day_of(when) if isinstance(when, str) else when
		if office:
			day = next_open_day(day)
			day = previous_open_day(self.today) if day > self.today and self._is_past(when) else day
		day = max(day, since) if since else day
		if day > self.today:
			return None
		self._entries.append(Entry(day, self._time(when), len(self._entries), act))
		return day

	def run(self):
		"""Do everything that was noted, each at its moment, or a minute after what came before; today at the real time."""
		entries = sorted(self._entries, key=lambda entry: (entry.day, entry.order))
		recent = self.today - datetime.timedelta(days=RECENT_DAYS)
		with _without_mails():
			self._do([entry for entry in entries if entry.day < recent])
		self._do([entry for entry in entries if entry.day >= recent])

	def _do(self, entries: list[Entry]):
		before = datetime.datetime.min
		for entry in entries:
			moment = max(datetime.datetime.combine(entry.day, entry.time), before + MINUTE if before.date() == entry.day else before)
			before = moment if moment.date() == entry.day else before
			self.clock.go_to(entry.day, None if entry.day == self.today else before.time())
			entry.act()

	def _is_past(self, when: str | datetime.date) -> bool:
		return (self.day_of(when) if isinstance(when, str) else when) <= self.today

	def _time(self, when: str | datetime.date) -> datetime.time:
		found = WHEN.fullmatch(when) if isinstance(when, str) else None
		if found and found["hour"]:
			return datetime.time(int(found["hour"]), int(found["minute"]), 0, A_MICROSECOND)
		first, minutes = OFFICE_HOURS
		after = len(self._entries) * 37 % minutes  # spread over the day
		return datetime.time(first.hour + after // 60, after % 60, 0, A_MICROSECOND)


@contextmanager
def _without_mails() -> Iterator[None]:
	"""Let no mails and no Workflow Actions be written while the block runs, no open page be told, and nothing be left for later."""
	kept = delivery._mail, outbox.put, tasks.later, workflow_action.process_workflow_actions, frappe.publish_realtime
	delivery._mail, outbox.put, tasks.later = lambda _delivery: None, outbox.at_once, tasks.at_once
	workflow_action.process_workflow_actions = lambda _doc, _state: None
	frappe.publish_realtime = lambda *_args, **_more: None  # Frappe compares each with all that the transaction has to tell
	try:
		yield
	finally:
		delivery._mail, outbox.put, tasks.later, workflow_action.process_workflow_actions, frappe.publish_realtime = kept
