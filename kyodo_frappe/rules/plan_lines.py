"""Two versions of a table of the plan, row beside row: what became of each line, and how much money moved.

Source: 鎌倉・補助金交付規則 (変更承認: a change of the budget's lines above a share of the cost needs approval; below it is
a 軽微な変更).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from .rows import read

Pair = tuple[Any, Any]


def pair(before: Iterable[Any], after: Iterable[Any], keys: tuple[str, ...]) -> list[Pair]:
	"""[(row before or None, row after or None)] in the order of `after`, dropped rows last.

	Rows belong together that agree in all keys; of the rest, those that agree in the first key, in their order.
	"""
	before, after = list(before), list(after)
	partner: dict[int, Any] = {}
	left = list(before)
	for count in dict.fromkeys((len(keys), 1)):
		for number, row in enumerate(after):
			if number in partner:
				continue
			old = next((old for old in left if _same(old, row, keys[:count])), None)
			if old is not None:
				partner[number] = old
				left = [other for other in left if other is not old]
	return [*((partner.get(number), row) for number, row in enumerate(after)), *((old, None) for old in left)]


def moved(pairs: Iterable[Pair], field: str = "amount") -> int:
	"""The sum of what lines have grown by, new lines whole, in yen."""
	return sum(max(0, _amount(after, field) - _amount(before, field)) for before, after in pairs)


def share(part: int, whole: int) -> float:
	"""`part` of `whole` in percent, two decimals; all of it where there was nothing before."""
	if not part:
		return 0.0
	return float(round(Fraction(part, whole) * 100, 2)) if whole > 0 else 100.0


def _amount(row: Any, field: str) -> int:
	return round(read(row, field) or 0) if row is not None else 0


def _same(one: Any, other: Any, keys: tuple[str, ...]) -> bool:
	return all((read(one, key) or "") == (read(other, key) or "") for key in keys)
