"""Differences between the evaluations of the two sides.

Sources: domain.md §4 "相互評価" (both sides score the same items without seeing each other, then talk about
where they differ; a reason is required for a low mark), 小平 3(2)③ク (双方で評価を実施).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from .errors import RuleError
from .rows import get_value

DISCUSSION_THRESHOLD = 2


class MarkMissing(RuleError):
	"""A side has not marked an item."""

	source = "{0}: the mark of the {1} side is missing."


class UnknownItem(RuleError):
	"""A mark is for an item that the evaluation does not have."""

	source = "“{0}” is not an item of this evaluation."


class ItemTwice(RuleError):
	"""Two items have the same code."""

	source = "Item {0} occurs twice."


class NotAMark(RuleError):
	"""A mark is not a finite number."""

	source = "{0}: “{1}” is not a mark."


@dataclass(frozen=True)
class Gap:
	"""`item`: its code; `city`, `organisation`: the marks; `size`: their difference, at least 0; `to_discuss`: whether it reaches the
	threshold; `higher`: "City", "Organisation" or None."""

	item: str
	city: float
	organisation: float
	size: float
	to_discuss: bool
	higher: str | None


def gaps(
	city_marks: Mapping[str, float],
	organisation_marks: Mapping[str, float],
	items: Iterable[Any],
	threshold: float = DISCUSSION_THRESHOLD,
) -> list[Gap]:
	"""The gap of every item, the widest first, then in the order of `items`.

	Marks: {item code: number}, both on one scale. `items`: codes, or rows with "item" or "code". Raises MarkMissing,
	UnknownItem, ItemTwice, NotAMark.
	"""
	codes = _codes(items)
	for code in [*city_marks, *organisation_marks]:
		if code not in codes:
			raise UnknownItem(code)
	found = [_gap(code, _mark(city_marks, code, "City"), _mark(organisation_marks, code, "Organisation"), threshold) for code in codes]
	return sorted(found, key=lambda gap: -gap.size)


def reason_required(mark: float | None, low: float = 2) -> bool:
	"""Whether a mark needs a reason: it is `low` or lower. No mark needs none."""
	return mark is not None and mark <= low


def _gap(code: str, city: float, organisation: float, threshold: float) -> Gap:
	# marks in tenths must not differ by 0.30000000000000004
	size = round(abs(city - organisation), 6)
	higher = None if not size else "City" if city > organisation else "Organisation"
	return Gap(code, city, organisation, size, bool(size) and size >= threshold, higher)


def _codes(items: Iterable[Any]) -> list[str]:
	codes: list[str] = []
	for item in items:
		code = item if isinstance(item, str) else get_value(item, "item") or get_value(item, "code")
		if code in codes:
			raise ItemTwice(code)
		codes.append(code)
	return codes


def _mark(marks: Mapping[str, float], code: str, side: str) -> float:
	mark = marks.get(code)
	if mark is None or mark == "":
		raise MarkMissing(code, side)
	if isinstance(mark, bool) or not isinstance(mark, Real) or not math.isfinite(mark):
		raise NotAMark(code, mark)
	return mark
