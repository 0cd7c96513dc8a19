"""How equal two sides are, according to their records: waiting times, edits, cuts, and differences in evaluation.

Sources: domain.md §1 (対等 is the first principle of every city's programme), 小平 2(1) (市と団体は対等なパートナー).
These are medians, shares and counts, the same for both sides, and no judgement.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, median

CITY, ORGANISATION = "City", "Organisation"
SIDES = (CITY, ORGANISATION)
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Exchange:
	"""One side waits for the other. `of`: the side that has to answer; `answered_at`: None while open."""

	of: str
	asked_at: datetime.datetime
	answered_at: datetime.datetime | None = None


@dataclass(frozen=True)
class Answers:
	"""`answered`, `open`: numbers of exchanges; `median`, `mean`: days to the answer, None without any."""

	answered: int
	open: int
	median: float | None
	mean: float | None


def answers(exchanges: Iterable[Exchange]) -> dict[str, Answers]:
	"""{side: how fast it answers}. An answer that precedes the question counts as 0 days."""
	found = list(exchanges)
	return {side: _answers([row for row in found if row.of == side]) for side in SIDES}


def _answers(exchanges: list[Exchange]) -> Answers:
	days = [max((row.answered_at - row.asked_at) / DAY, 0) for row in exchanges if row.answered_at is not None]
	waiting = len(exchanges) - len(days)
	if not days:
		return Answers(0, waiting, None, None)
	return Answers(len(days), waiting, round(median(days), 1), round(fmean(days), 1))


@dataclass(frozen=True)
class Edits:
	"""`counts`: {side: edits}; `shares`: {side: % of both sides' edits, None without any}; `last`: the side that edited last, or
	None."""

	counts: dict[str, int]
	shares: dict[str, float | None]
	last: str | None


def edits(changes: Iterable[tuple[str, datetime.datetime]]) -> Edits:
	"""Who edited how much, and who last; `changes`: (side, moment). Edits of the office count for neither side."""
	own = sorted((row for row in changes if row[0] in SIDES), key=lambda row: row[1])
	counts = {side: sum(1 for row in own if row[0] == side) for side in SIDES}
	shares = {side: round(count / len(own) * 100, 1) if own else None for side, count in counts.items()}
	return Edits(counts, shares, own[-1][0] if own else None)


@dataclass(frozen=True)
class Cut:
	"""Requested → decided → agreed, in yen, with the percentage cut at each step (negative: raised); None without an amount."""

	requested: float | None
	decided: float | None
	agreed: float | None
	decided_cut: float | None
	agreed_cut: float | None
	total_cut: float | None


def cut(requested: float | None, decided: float | None, agreed: float | None) -> Cut:
	"""What became of an amount between request and agreement."""
	return Cut(requested, decided, agreed, _share(requested, decided), _share(decided, agreed), _share(requested, agreed))


def cuts(rows: Iterable[Cut]) -> Cut:
	"""The sum of several; each percentage covers those with both its amounts."""
	found = list(rows)
	total = lambda name: _sum([getattr(row, name) for row in found])
	return Cut(
		total("requested"),
		total("decided"),
		total("agreed"),
		_common(found, "requested", "decided"),
		_common(found, "decided", "agreed"),
		_common(found, "requested", "agreed"),
	)


def _share(before: float | None, after: float | None) -> float | None:
	return round((before - after) / before * 100, 1) if before and after is not None else None


def _sum(values: list[float | None]) -> float | None:
	known = [value for value in values if value is not None]
	return sum(known) if known else None


def _common(rows: list[Cut], before: str, after: str) -> float | None:
	pairs = [(getattr(row, before), getattr(row, after)) for row in rows]
	both = [(first, second) for first, second in pairs if first and second is not None]
	return _share(sum(first for first, _second in both), sum(second for _first, second in both)) if both else None


@dataclass(frozen=True)
class MarkGaps:
	"""`items`: number marked by both sides; `distance`: mean |city − organisation|; `tilt`: mean of city − organisation (positive:
	the city marks higher); `to_discuss`: number of items to discuss."""

	items: int
	distance: float | None
	tilt: float | None
	to_discuss: int


def mark_gaps(rows: Iterable[tuple[float, float, float]]) -> MarkGaps:
	"""How far the marks of the two sides are apart; `rows`: (city, organisation, difference from which they discuss an item)."""
	found = list(rows)
	if not found:
		return MarkGaps(0, None, None, 0)
	differences = [city - organisation for city, organisation, _threshold in found]
	to_discuss = sum(1 for city, organisation, threshold in found if city != organisation and abs(city - organisation) >= threshold)
	return MarkGaps(len(found), round(fmean(abs(value) for value in differences), 2), round(fmean(differences), 2), to_discuss)
