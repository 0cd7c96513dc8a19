"""Where the two sides' evaluations differ.

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
from .rows import read

TALK_ABOUT = 2


class MarkMissing(RuleError):
	source = "{0}: the mark of the {1} side is missing."


class UnknownItem(RuleError):
	source = "“{0}” is not an item of this evaluation."


class ItemTwice(RuleError):
	source = "Item {0} is there twice."


class NotAMark(RuleError):
	source = "{0}: “{1}” is not a mark."


@dataclass(frozen=True)
class Gap:
	"""item: its code; city, organisation: the marks; size: their distance ≥ 0; talk: at least the
	threshold; higher: "City" | "Organisation" | None, the side that marked higher."""

	item: str
	city: float
	organisation: float
	size: float
	talk: bool
	higher: str | None


def gaps(
	city_marks: Mapping[str, float],
	organisation_marks: Mapping[str, float],
	items: Iterable[Any],
	threshold: float = TALK_ABOUT,
) -> list[Gap]:
	"""Every item with both marks, the widest gap first, then in the order of `items`.

	Marks: {item code: number}, both on one scale. items: codes, or rows with "item" or "code". Items
	without a gap come last, so that the list is also the whole table; `talk` marks what to talk about.
	Raises MarkMissing, UnknownItem, ItemTwice, NotAMark.
	"""
	codes = _codes(items)
	for code in [*city_marks, *organisation_marks]:
		if code not in codes:
			raise UnknownItem(code)
	found = [_gap(code, _mark(city_marks, code, "City"), _mark(organisation_marks, code, "Organisation"), threshold) for code in codes]
	return sorted(found, key=lambda gap: -gap.size)


def reason_required(mark: float | None, low: float = 2) -> bool:
	"""Whether a mark must be explained: it is `low` or lower. No mark yet: no."""
	return mark is not None and mark <= low


def _gap(code: str, city: float, organisation: float, threshold: float) -> Gap:
	# marks in tenths must not differ by 0.30000000000000004
	size = round(abs(city - organisation), 6)
	higher = None if not size else "City" if city > organisation else "Organisation"
	return Gap(code, city, organisation, size, bool(size) and size >= threshold, higher)


def _codes(items: Iterable[Any]) -> list[str]:
	codes: list[str] = []
	for item in items:
		code = item if isinstance(item, str) else read(item, "item") or read(item, "code")
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
