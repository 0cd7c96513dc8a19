"""Open days (開庁日) and months.

Sources: domain.md §4 "Time" (a deadline on a weekend or holiday moves to the next 開庁日); 地方自治法
第4条の2 (a municipality is closed on Saturdays, Sundays, national holidays and at the turn of the year, here
29 December – 3 January as in nearly all ordinances). National holidays, substitute days and special
years come from jpholiday. `closures` are further days on which a city is closed: any collection of dates.
"""

from __future__ import annotations

import datetime
from calendar import monthrange
from collections.abc import Collection, Iterable
from functools import lru_cache

import jpholiday

from .era import as_date
from .errors import RuleError

YEAR_END_CLOSURE = frozenset({(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)})
_ONE_DAY = datetime.timedelta(days=1)


class NotWholeNumber(RuleError):
	"""A number of months is not an int."""

	source = "“{0}” is not a whole number."


def next_open_day(date: datetime.date, closures: Iterable[datetime.date] = ()) -> datetime.date:
	"""The day itself if it is open, otherwise the next open day. Raises NotADate."""
	return _roll(as_date(date), as_closures(closures), _ONE_DAY)


def previous_open_day(date: datetime.date, closures: Iterable[datetime.date] = ()) -> datetime.date:
	"""The day itself if it is open, otherwise the last open day before it. Raises NotADate."""
	return _roll(as_date(date), as_closures(closures), -_ONE_DAY)


def count_open_days(after: datetime.date, until: datetime.date, closures: Iterable[datetime.date] = ()) -> int:
	"""Number of open days after `after`, up to and including `until`; 0 if `until` is not later. Raises NotADate."""
	day, last, closed = as_date(after), as_date(until), as_closures(closures)
	return sum(_is_open(day + _ONE_DAY * n, closed) for n in range(1, (last - day).days + 1))


def month_end(date: datetime.date) -> datetime.date:
	"""The last day of the month of `date`. Raises NotADate."""
	day = as_date(date)
	return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(date: datetime.date, n: int) -> datetime.date:
	"""The same day `n` months later (earlier if negative), or the last day of that month: 31 January + 1 → 28 or 29 February.

	Raises NotADate, NotWholeNumber.
	"""
	day = as_date(date)
	year, month = divmod(day.year * 12 + day.month - 1 + _whole(n), 12)
	return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


def as_closures(closures: Iterable[datetime.date] | None) -> Collection[datetime.date]:
	"""A set of dates from a collection of dates or ISO texts, or from None. Raises NotADate."""
	return frozenset(as_date(day) for day in closures or ())


def _is_open(day: datetime.date, closed: Collection[datetime.date]) -> bool:
	return day.weekday() < 5 and (day.month, day.day) not in YEAR_END_CLOSURE and day not in closed and not _is_holiday(day)


@lru_cache(maxsize=4096)
def _is_holiday(day: datetime.date) -> bool:
	return bool(jpholiday.is_holiday(day))


def _roll(day: datetime.date, closed: Collection[datetime.date], step: datetime.timedelta) -> datetime.date:
	while not _is_open(day, closed):
		day += step
	return day


def _whole(n: int) -> int:
	if isinstance(n, bool) or not isinstance(n, int):
		raise NotWholeNumber(n)
	return n
