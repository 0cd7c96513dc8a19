"""Geometry of the pictures in templates/kyodo/web/charts.html: pure numbers, no records, no words.

Widths and places from left to right are in percent of the picture, so that it fits a phone and a desk; heights are in pixels.
"""

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 180  # of the area of the columns
STEPS = (1, 2, 2.5, 5, 10)
PARTS = (5, 4, 2, 1)  # into which a scale is divided, so that its numbers are whole where that is possible
EDGE = 4.0  # percent that stay free at both ends of a calendar
LEAST_GAP = 7.5  # percent between two days of a calendar: its marks are 24 pixels wide on a phone of 320


@dataclass(frozen=True)
class Column:
	"""x, width: percent; y, height: pixels from the top; middle: percent; series: number of the series; value: as given."""

	x: float
	width: float
	y: float
	height: float
	series: int
	value: float

	@property
	def middle(self) -> float:
		"""The place of the middle of the column in percent."""
		return self.x + self.width / 2


@dataclass(frozen=True)
class Columns:
	"""columns: those that have a value; middles: percent, of each group; lines: (y in pixels, value) of the scale from 0 up."""

	columns: tuple[Column, ...]
	middles: tuple[float, ...]
	lines: tuple[tuple[float, float], ...]


def columns(groups: Sequence[Sequence[float | None]], left: float = 0.0) -> Columns:
	"""Columns side by side: one group for each year, in it one column for each series. left: percent that the scale needs.

	A value of None has no column; one of 0 has a column without height.
	"""
	highest = max((value for group in groups for value in group if value is not None), default=0)
	top = scale_of(highest)
	share = (100 - left) / max(len(groups), 1)
	found, middles = [], []
	for place, group in enumerate(groups):
		begin = left + place * share
		middles.append(round(begin + share / 2, 3))
		width = min(share * 0.7 / max(len(group), 1), 9.0)
		first = begin + share / 2 - width * len(group) / 2
		for series, value in enumerate(group):
			if value is not None:
				height = round(value / top * HEIGHT, 2)
				x = round(first + series * width, 3)
				found.append(Column(x, round(width * 0.92, 3), round(HEIGHT - height, 2), height, series, value))
	parts = next((number for number in PARTS if not top % number), PARTS[0])
	lines = tuple((round(HEIGHT - HEIGHT * part / parts, 2), top * part / parts) for part in range(parts + 1))
	return Columns(tuple(found), tuple(middles), lines)


def scale_of(highest: float) -> float:
	"""The end of a scale for values up to `highest`: 1, 2, 2.5 or 5 × a power of ten, at least 1; 37 → 50."""
	if highest <= 0:
		return 1
	power = 10.0 ** (len(str(int(highest))) - 1) if highest >= 1 else 1.0
	return next(step * power for step in STEPS if step * power >= highest)


def share(value: float, highest: float) -> float:
	"""The length of a bar in percent of the longest one."""
	return round(100 * value / highest, 2) if highest > 0 else 0.0


@dataclass(frozen=True)
class Calendar:
	"""places: percent, of each day in order; now: percent, of today; anchor: start, middle or end, how words at `now` are set."""

	places: tuple[float, ...]
	now: float
	anchor: str


def calendar(days: Sequence[datetime.date], today: datetime.date) -> Calendar:
	"""Places of days on a line, in proportion to the time between them, but never closer than their marks are wide.

	days: in order. Today lies between the marks of the days before and after it.
	"""
	places = _spread(days)
	now = _between(days, places, today)
	anchor = "start" if now < 12 else "end" if now > 88 else "middle"
	return Calendar(places, now, anchor)


def _spread(days: Sequence[datetime.date]) -> tuple[float, ...]:
	if not days:
		return ()
	room = 100 - 2 * EDGE
	gap = min(LEAST_GAP, room / max(len(days) - 1, 1))
	whole = (days[-1] - days[0]).days
	spare = room - gap * (len(days) - 1)
	found, place = [EDGE], EDGE
	for before, after in itertools.pairwise(days):
		place += gap + (spare * (after - before).days / whole if whole else 0)
		found.append(place)
	return tuple(round(one, 2) for one in found)


def _between(days: Sequence[datetime.date], places: Sequence[float], today: datetime.date) -> float:
	"""The place of today; half way to the edge before the first and after the last day."""
	if not days or today < days[0]:
		return EDGE / 2
	for number in range(len(days) - 1):
		if days[number] <= today < days[number + 1]:
			whole = (days[number + 1] - days[number]).days
			return round(places[number] + (places[number + 1] - places[number]) * (today - days[number]).days / whole, 2)
	return places[-1] if today == days[-1] else 100 - EDGE / 2


@dataclass(frozen=True)
class YearScale:
	"""Places of days on a line from the first to the last day of a year, in percent and in proportion to the time."""

	first: datetime.date
	last: datetime.date

	def place(self, day: datetime.date) -> float:
		"""The place of a day; days outside of the year are at its ends."""
		inside = min(max(day, self.first), self.last)
		return round(100 * (inside - self.first).days / self._days, 2)

	def bar(self, begin: datetime.date, end: datetime.date) -> tuple[float, float]:
		"""(x, width) of the time from one day to the end of another one."""
		x = self.place(begin)
		return x, round(self.place(min(end, self.last) + datetime.timedelta(days=1)) - x, 2) or round(100 / self._days, 2)

	def months(self) -> list[tuple[int, float, float]]:
		"""[(number of the month, x, width)] of the year."""
		found, begin = [], self.first
		while begin <= self.last:
			following = (begin.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
			x = self.place(begin)
			width = (100.0 if following > self.last else self.place(following)) - x
			found.append((begin.month, x, round(width, 2)))
			begin = following
		return found

	@property
	def _days(self) -> int:
		return (self.last - self.first).days + 1


def lanes(times: Sequence[tuple[datetime.date, datetime.date]]) -> list[int]:
	"""The lane of each time (first day, last day), from 0, so that those in one lane do not overlap."""
	taken: list[datetime.date] = []
	found = []
	for begin, end in times:
		lane = next((number for number, until in enumerate(taken) if until < begin), len(taken))
		taken[lane : lane + 1] = [end]
		found.append(lane)
	return found
