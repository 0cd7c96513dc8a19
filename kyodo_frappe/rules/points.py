"""The points of a decision on each item, in the scale that was marked.

Source: domain.md §7 "Criteria" (points per item in the letter and in the published table, in the scale that was used: a member's 3.4
of 5, not 68).

A criterion is a dict or row: "code", "question", "scale" ("OX": ○△×, or "Points": 0 to "max_points").
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .rows import get_value
from .scoring import OX_MARKS

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


def per_item(criteria: Iterable[Any], shares: Mapping[str, float], given: Mapping[str, Iterable[str]]) -> list[ItemPoints]:
	"""The points on each criterion that was marked, in order.

	`shares`: {code: average 0–100}, as in a summary of the sheets; `given`: {code: the signs of all sheets}, for the scale ○△×.
	"""
	found = []
	for row in criteria:
		code = get_value(row, "code")
		if code not in shares:
			continue
		if get_value(row, "scale") == "OX":
			found.append(ItemPoints(code, get_value(row, "question") or "", None, None, signs(given.get(code, ()))))
		else:
			most = float(get_value(row, "max_points"))
			found.append(ItemPoints(code, get_value(row, "question") or "", shares[code] * most / 100, most, ""))
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
	return f"{_number(get_value(row, 'average'))}／{_number(get_value(row, 'out_of'))}"


def _number(value: float | None) -> str:
	"""One place after the point, none for a whole number; half is rounded up, as people do."""
	rounded = Decimal(str(round(value or 0, 6))).quantize(Decimal("0.1"), ROUND_HALF_UP)
	return f"{rounded.normalize():f}"
