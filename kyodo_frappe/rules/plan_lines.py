"""Two versions of a table of the plan: which rows correspond, and how much money moved.

Source: 鎌倉・補助金交付規則 (変更承認: a change of the budget's lines above a share of the cost needs approval; below it is
a 軽微な変更).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from .rows import get_value

Pair = tuple[Any, Any]


def pair_rows(before: Iterable[Any], after: Iterable[Any], keys: tuple[str, ...]) -> list[Pair]:
	"""[(row before or None, row after or None)] in the order of `after`, followed by removed rows.

	Rows correspond if they agree in all keys; the remaining ones if they agree in the first key, in order.
	"""
	before, after = list(before), list(after)
	partner: dict[int, Any] = {}
	left = list(before)
	for count in dict.fromkeys((len(keys), 1)):
		for number, row in enumerate(after):
			if number in partner:
				continue
			old = next((old for old in left if _agree(old, row, keys[:count])), None)
			if old is not None:
				partner[number] = old
				left = [other for other in left if other is not old]
	return [*((partner.get(number), row) for number, row in enumerate(after)), *((old, None) for old in left)]


def amount_moved(pairs: Iterable[Pair], field: str = "amount") -> int:
	"""The sum in yen by which lines have grown, including new lines; of pairs the other way round, by which they have shrunk."""
	return sum(max(0, _amount(after, field) - _amount(before, field)) for before, after in pairs)


def by_category(rows: Iterable[Any], field: str = "amount") -> dict[str, int]:
	"""{category: the sum of its lines in yen}, in order."""
	sums: dict[str, int] = {}
	for row in rows:
		category = get_value(row, "category") or ""
		sums[category] = sums.get(category, 0) + _amount(row, field)
	return sums


def percentage(part: int, whole: int) -> float:
	"""`part` of `whole` in percent with two decimals; 100 if `whole` is 0."""
	if not part:
		return 0.0
	return float(round(Fraction(part, whole) * 100, 2)) if whole > 0 else 100.0


def _amount(row: Any, field: str) -> int:
	return round(get_value(row, field) or 0) if row is not None else 0


def _agree(one: Any, other: Any, keys: tuple[str, ...]) -> bool:
	return all((get_value(one, key) or "") == (get_value(other, key) or "") for key in keys)
