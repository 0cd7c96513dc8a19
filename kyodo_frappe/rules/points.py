"""The points of a decision on each item, in the scale that was marked.

Source: domain.md §7 "Criteria" (points per item in the letter and in the published table, in the scale that was used: a member's 3.4
of 5, not 68).

A criterion is a dict or row as in rules/scoring.py, with "question".
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .rows import get_value
from .scoring import OX_MARKS, Score, Summary, item_points
from .totals import AVERAGE, PERCENT, SUM, sheets_in_scale

# the sign that stands for each part of the full mark
SIGNS = {1.0: "○", 0.5: "△", 0.0: "×"}


@dataclass(frozen=True)
class ItemPoints:
	"""Points on one item. `average`, `out_of`: in the scale that was marked, None on the scale ○△×; `marks`: the signs with their numbers,
	"" on a scale of points."""

	criterion: str
	question: str
	average: float | None
	out_of: float | None
	marks: str


def most_points(criteria: Iterable[Any], summary: Summary, counted_as: str | None) -> dict[str, float]:
	"""{code: the most points in the scale of the result}: of a criterion as it was marked where results are out of 100; otherwise times its
	weight, and times the sheets of a sum, so that the items add up to the result."""
	criteria = list(criteria)
	if counted_as not in (AVERAGE, SUM):
		return {get_value(row, "code"): float(get_value(row, "max_points") or 0) for row in criteria}
	return {code: most * sheets_in_scale(summary, counted_as) for code, most in item_points(criteria).items()}


def per_item(
	criteria: Iterable[Any], shares: Mapping[str, float], given: Mapping[str, Iterable[str]], most: Mapping[str, float] | None = None
) -> list[ItemPoints]:
	"""The points on each criterion that was marked, in order.

	`shares`: {code: average 0–100}, as in a summary of the sheets; `given`: {code: the signs of all sheets}, for the scale ○△×; `most`:
	`most_points`, the scale of each criterion if None.
	"""
	found = []
	for row in criteria:
		code = get_value(row, "code")
		if code not in shares:
			continue
		if get_value(row, "scale") == "OX":
			found.append(ItemPoints(code, get_value(row, "question") or "", None, None, signs(given.get(code, ()))))
		else:
			out_of = float(get_value(row, "max_points")) if most is None else most[code]
			found.append(ItemPoints(code, get_value(row, "question") or "", shares[code] * out_of / 100, out_of, ""))
	return found


def signs(marks: Iterable[str]) -> str:
	"""The signs with their numbers: ○ 3　△ 1."""
	read = (OX_MARKS.get(str(mark).strip(), OX_MARKS.get(unicodedata.normalize("NFKC", str(mark)).strip())) for mark in marks)
	counted = Counter(float(share) for share in read if share is not None)
	return "　".join(f"{sign} {counted[share]}" for share, sign in SIGNS.items() if counted[share])


def text(row: Any) -> str:
	"""Points as people read them: 3.4／5, or the signs. `row`: an ItemPoints, or a row with its fields."""
	if get_value(row, "marks"):
		return get_value(row, "marks")
	return of(get_value(row, "average"), get_value(row, "out_of"))


def of_score(score: Score | None) -> str:
	"""A result as people read it: 80.7 out of 100, else 121／150."""
	if score is None:
		return "－"
	return f"{score.points:.1f}" if score.out_of == PERCENT else of(score.points, score.out_of)


def of(points: float | None, out_of: float | None) -> str:
	"""Points of the highest ones as people read them: 121／150."""
	return f"{_number(points)}／{_number(out_of)}"


def _number(value: float | None) -> str:
	"""One place after the point, none for a whole number; half is rounded up, as people do."""
	rounded = Decimal(str(round(value or 0, 6))).quantize(Decimal("0.1"), ROUND_HALF_UP)
	return f"{rounded.normalize():f}"
