"""Totals of answers in which individuals cannot be identified.

Source: issue 6 “Learning” (questionnaires; self-checks shown only as totals).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

GROUP_SIZE = 5


@dataclass(frozen=True)
class Tally:
	"""`count`: number of answers; `counts`: (value, number) in the requested order; `average`: of numbers."""

	count: int
	counts: tuple[tuple[Hashable, int], ...]
	average: float | None


def tally(answers: Iterable[Hashable], values: Iterable[Hashable]) -> Tally:
	"""Number of times each of `values` occurs in `answers`; others are left out. Only numbers are averaged."""
	known = tuple(values)
	given = [answer for answer in answers if answer in known]
	numbers = [answer for answer in given if isinstance(answer, int)]
	average = round(sum(numbers) / len(numbers), 2) if numbers else None
	return Tally(len(given), tuple((value, given.count(value)) for value in known), average)


def publishable_count(people: int, group: int = GROUP_SIZE) -> int:
	"""How many of `people` a total may include: whole groups only.

	If a total changed with every person, comparing it before and after would reveal that person's answer.
	"""
	return people - people % group
