"""Geometry of the pictures in templates/kyodo/web/pictures.html, in percent of their width. Pure: no database, no words.

The templates draw with percentages, so that a picture fills the width it has while its letters keep their size.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kyodo_frappe.rules.achievement import achievement
from kyodo_frappe.rules.rows import get_value

# room at both ends of a scale of marks, so that a circle on its end is whole
MARGIN = 5
# colours that the parts of a money bar have in turn (.tone-0 …)
TONES = 6


@dataclass(frozen=True)
class Bar:
	"""An indicator: its values, and where they lie between the lowest and the highest of them and zero.

	`start`, `length`: of the bar from zero to the result, None without one; `target_at`, `baseline_at`: of their marks, or None;
	`percent`, `reached`: see rules/achievement.py.
	"""

	label: str
	unit: str
	baseline: float | None
	target: float | None
	actual: float | None
	start: float | None
	length: float | None
	target_at: float | None
	baseline_at: float | None
	percent: float | None
	reached: bool


@dataclass(frozen=True)
class Part:
	"""A part of a whole: `amount` in yen, `percent` of the whole, `start` and `length` on the bar, `tone` of its colour."""

	label: str
	amount: float
	percent: float
	start: float
	length: float
	tone: int


@dataclass(frozen=True)
class Marks:
	"""Both sides' marks on an item: where they lie on the scale, None for a side that gave none."""

	city: float | None
	organisation: float | None
	city_at: float | None
	organisation_at: float | None


def bars(rows: Iterable[Any]) -> list[Bar]:
	"""Return a bar for each indicator: dicts or rows with indicator, unit, baseline, target, direction and, once reported, actual."""
	return [_bar(row) for row in rows]


def _bar(row: Any) -> Bar:
	baseline, target, actual = (_figure(get_value(row, name)) for name in ("baseline", "target", "actual"))
	known = [value for value in (baseline, target, actual) if value is not None]
	low, high = min([0.0, *known]), max([0.0, *known])
	zero = _at(0.0, low, high)
	end = None if actual is None else _at(actual, low, high)
	reached = achievement(baseline, target, actual, get_value(row, "direction"))
	return Bar(
		label=get_value(row, "indicator") or "",
		unit=get_value(row, "unit") or "",
		baseline=baseline,
		target=target,
		actual=actual,
		start=None if end is None else min(zero, end),
		length=None if end is None else round(abs(end - zero), 2),
		target_at=None if target is None else _at(target, low, high),
		baseline_at=None if baseline is None else _at(baseline, low, high),
		percent=reached.percent,
		reached=reached.reached,
	)


def _figure(value: Any) -> float | None:
	return None if value in (None, "") else float(value)


def _at(value: float, low: float, high: float) -> float:
	return round((value - low) / (high - low) * 100, 2) if high > low else 0.0


def parts(rows: Iterable[tuple[str, float]]) -> list[Part]:
	"""Return the parts of one bar, in the order in which their labels first occur; the same label is added up, nothing is left out."""
	amounts: dict[str, float] = {}
	for label, amount in rows:
		amounts[label] = amounts.get(label, 0) + (amount or 0)
	amounts = {label: amount for label, amount in amounts.items() if amount > 0}
	whole, found, before = sum(amounts.values()), [], 0.0
	for number, (label, amount) in enumerate(amounts.items()):
		length = amount / whole * 100
		found.append(Part(label, amount, round(length, 1), round(before, 2), round(length, 2), number % TONES))
		before += length
	return found


def marks(city: float | None, organisation: float | None, scale: int) -> Marks:
	"""Return where the marks of both sides lie on a scale from 1 to `scale`."""
	return Marks(city, organisation, mark_at(city, scale), mark_at(organisation, scale))


def mark_at(mark: float | None, scale: int) -> float | None:
	"""Return where a mark lies on a scale from 1 to `scale`; None without a mark."""
	if not mark:
		return None
	return round(MARGIN + (mark - 1) / max(scale - 1, 1) * (100 - 2 * MARGIN), 2)


def share(points: float | None, out_of: float | None) -> float:
	"""Return points in percent of the highest ones, between 0 and 100."""
	return round(min(max((points or 0) / out_of * 100, 0.0), 100.0), 2) if out_of else 0.0
