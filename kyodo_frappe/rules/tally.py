"""What many people have answered, as totals in which nobody can be told apart.

Sources: issue 6 “Learning” (questionnaires; self-checks shown only as totals).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

GROUP = 5


@dataclass(frozen=True)
class Tally:
	"""How many answered, how often each value was given (in the order asked for), and the average of numbers."""

	count: int
	counts: tuple[tuple[Hashable, int], ...]
	average: float | None


def tally(answers: Iterable[Hashable], values: Iterable[Hashable]) -> Tally:
	"""Counts of `values` among `answers`; what is none of them is left out. The average only of numbers."""
	known = tuple(values)
	given = [answer for answer in answers if answer in known]
	numbers = [answer for answer in given if isinstance(answer, int)]
	average = round(sum(numbers) / len(numbers), 2) if numbers else None
	return Tally(len(given), tuple((value, given.count(value)) for value in known), average)


def shown(people: int, group: int = GROUP) -> int:
	"""How many of so many people a total may be made of: whole groups only.

	A total that moved with every single person would tell what that person said to whoever looks before and after.
	"""
	return people - people % group
