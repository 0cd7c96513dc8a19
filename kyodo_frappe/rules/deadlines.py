"""Deadlines in Japanese administrative time.

Sources: 鎌倉 2(2)1(4) (a proposal that needs city money by the end of April), 2(2)3(1) (step 2 by July),
2(2)6(2) (the report within one month of completion); domain.md §4 "Time"; design.md §6 (a deadline never
blocks silently: rule, date and remedy are named).

Periods follow 民法 第140条–第143条: the first day does not count (140); a period ends at the end of its last day (141), or
on the next open day if that is a holiday (142); months are calendar months, and a period ends on the day before the one
that corresponds to its start, or on the last day of a month without such a day (143). So 3/31 + 1 month → 4/30,
1/30 + 1 month → end of February, and 2/28 + 1 month → 3/31 (the period starts on 1 March and covers all of March).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from .calendar import add_months, count_open_days, month_end, next_open_day, previous_open_day
from .era import as_date, as_fiscal_year, fiscal_year, fiscal_year_range
from .errors import RuleError
from .rows import option_key

KINDS = ("Fixed Date", "Month End", "After Event")
ROLLS = ("next_open", "previous_open", "none")


class UnknownDeadlineKind(RuleError):
	"""A rule has no known kind."""

	source = "Deadline {0}: “{1}” is not a kind of deadline."


class UnknownRoll(RuleError):
	"""A rule does not say how a closed day is handled."""

	source = "Deadline {0}: “{1}” does not say what happens on a closed day."


class NoSuchMonthDay(RuleError):
	"""A rule names a day that its month does not have."""

	source = "Deadline {0}: there is no day {2} in month {1}."


class BadPeriod(RuleError):
	"""A rule has a negative number of months, or days before an event together with months."""

	source = "Deadline {0}: a period of {1} months and {2} days cannot be counted."


class FiscalYearNeeded(RuleError):
	"""A yearly deadline is computed without a fiscal year."""

	source = "Deadline {0} can only be computed for a fiscal year."


class EventDateNeeded(RuleError):
	"""A deadline after an event is computed without its date."""

	source = "Deadline {0} can only be computed once the date of the event is known."


class NotAYearlyDeadline(RuleError):
	"""A round is computed from a deadline that depends on an event."""

	source = "Deadline {0} does not recur every fiscal year."


@dataclass(frozen=True)
class DeadlineRule:
	"""A row of the programme's deadline rules.

	`kind` Fixed Date: `month` and `day` within the fiscal year (29 February becomes 28 in a common year). `kind` Month End: the
	last day of `month` within the fiscal year; without `month`, the last day of the month `months` after that of the event.
	`kind` After Event: `months`, then `days`, after the event; `days` alone can be negative, before the event.

	`roll`: how a closed day is handled, one of ROLLS or its label ("Next Open Day"). `event`, `label` and `remedy` are for
	display. Empty numbers (None, or 0 as Frappe stores them) are not given.

	Raises UnknownDeadlineKind, UnknownRoll, NoSuchMonthDay, BadPeriod.
	"""

	code: str
	kind: str
	month: int | None = None
	day: int | None = None
	months: int = 0
	days: int = 0
	event: str | None = None
	roll: str = "next_open"
	label: str = ""
	remedy: str = ""

	def __post_init__(self) -> None:
		if self.kind not in KINDS:
			raise UnknownDeadlineKind(self.code, self.kind)
		roll = option_key(self.roll).removesuffix("_day")
		if roll not in ROLLS:
			raise UnknownRoll(self.code, self.roll)
		object.__setattr__(self, "roll", roll)
		for name in ("months", "days"):
			object.__setattr__(self, name, getattr(self, name) or 0)
		self._check_month_day()
		if self.months < 0 or (self.days < 0 and self.months):
			raise BadPeriod(self.code, self.months, self.days)

	def _check_month_day(self) -> None:
		wants_day = self.kind == "Fixed Date"
		wants_month = wants_day or (self.kind == "Month End" and self.month)
		if not wants_month:
			return
		try:
			# a leap year, so that 29 February exists
			datetime.date(2024, self.month, self.day if wants_day else 1)
		except (TypeError, ValueError):
			raise NoSuchMonthDay(self.code, self.month, self.day) from None

	@property
	def yearly(self) -> bool:
		"""Whether the deadline recurs every fiscal year, independently of an event."""
		return self.kind == "Fixed Date" or (self.kind == "Month End" and bool(self.month))


def due_date(
	rule: DeadlineRule,
	*,
	fiscal_year: int | None = None,
	event_date: datetime.date | None = None,
	closures: Iterable[datetime.date] = (),
) -> datetime.date:
	"""The last day that is in time, rolled as the rule says.

	Yearly rules need `fiscal_year` (January–March are in the following calendar year), the others `event_date`. Rolling crosses
	31 March, as the law says: 2024-03-31 (Sunday) → 2024-04-01. A rule for money that must move within the year has roll
	"previous_open" or "none". Raises FiscalYearNeeded, EventDateNeeded, NotAFiscalYear, NotADate.
	"""
	if rule.yearly:
		if fiscal_year is None:
			raise FiscalYearNeeded(rule.label or rule.code)
		day = _in_fiscal_year(rule, as_fiscal_year(fiscal_year))
	elif event_date is None:
		raise EventDateNeeded(rule.label or rule.code)
	elif rule.kind == "Month End":
		day = month_end(add_months(event_date, rule.months))
	else:
		day = period_end(event_date, rule.months, rule.days)
	return _rolled(day, rule.roll, closures)


def period_end(event_date: datetime.date, months: int = 0, days: int = 0) -> datetime.date:
	"""The last day of a period after an event (民法 第140条, 第143条), not rolled.

	Months first, then days. `months` ≥ 0; without months, negative `days` count back from the event. Raises NotADate.
	"""
	event = as_date(event_date)
	if not months:
		return event + datetime.timedelta(days=days)
	start = event + datetime.timedelta(days=1)
	corresponding = add_months(start, months)
	if corresponding.day == start.day:
		corresponding -= datetime.timedelta(days=1)
	return corresponding + datetime.timedelta(days=days)


def countdown(due: datetime.date, today: datetime.date, closures: Iterable[datetime.date] = ()) -> dict:
	"""The time left until a deadline: {"days", "open_days", "state"}.

	`days`: calendar days, negative when late. `open_days`: open days left, including the due day but not today; negative: open
	days since. `state`: "open", "today" or "late". Raises NotADate.
	"""
	due, today = as_date(due), as_date(today)
	days = (due - today).days
	if days >= 0:
		open_days = count_open_days(today, due, closures)
	else:
		open_days = -count_open_days(due, today, closures)
	return {"days": days, "open_days": open_days, "state": "late" if days < 0 else "open" if days else "today"}


def decided_for(submitted_on: datetime.date, rule: DeadlineRule, closures: Iterable[datetime.date] = ()) -> int:
	"""The fiscal year whose round decides a proposal submitted on a day, for the budget of the year after.

	鎌倉 2(2)1(4): submitted by 30 April (rolled) of year Y → decided in Y; later → in the next round, never refused. Raises
	NotAYearlyDeadline, NotADate.
	"""
	if not rule.yearly:
		raise NotAYearlyDeadline(rule.label or rule.code)
	day = as_date(submitted_on)
	# One year back, as a deadline at the end of March can roll into the next fiscal year.
	fy = fiscal_year(day) - 1
	while due_date(rule, fiscal_year=fy, closures=closures) < day:
		fy += 1
	return fy


def _in_fiscal_year(rule: DeadlineRule, fy: int) -> datetime.date:
	first, last = fiscal_year_range(fy)
	year = first.year if rule.month >= first.month else last.year
	end = month_end(datetime.date(year, rule.month, 1))
	if rule.kind == "Month End":
		return end
	return end.replace(day=min(rule.day, end.day))


def _rolled(day: datetime.date, roll: str, closures: Iterable[datetime.date]) -> datetime.date:
	if roll == "next_open":
		return next_open_day(day, closures)
	if roll == "previous_open":
		return previous_open_day(day, closures)
	return day
