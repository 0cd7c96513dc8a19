"""Ranking proposals that compete in one call.

Source: 国分寺市 (パートナーの選定: a 協働事業審査会 chooses in a proposal contest, fair and transparent); domain.md §4
(averages of 0–100, a tie goes to the chair).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .errors import RuleError


class NotInContest(RuleError):
	"""A ranked or chosen proposal does not compete."""

	source = "{0} does not take part in this contest."


class RankedTwice(RuleError):
	"""A proposal is ranked twice."""

	source = "{0} has two ranks."


class NotRanked(RuleError):
	"""A competing proposal has no rank."""

	source = "{0} has no rank yet."


class TooManyChosen(RuleError):
	"""More proposals are chosen than the call allows."""

	source = "{0} are chosen, but this call allows {1}."


class ChosenOutOfOrder(RuleError):
	"""A proposal is chosen although a higher-ranked one is not."""

	source = "{0} is chosen, but a higher-ranked proposal is not."


@dataclass(frozen=True)
class Rank:
	"""`rank`: 1 is best, equal averages share it; `average`: 0–100 or None; `tied`: whether others share the rank."""

	name: str
	rank: int
	average: float | None
	tied: bool


def by_score(averages: Mapping[str, float | None]) -> list[Rank]:
	"""Ranks by average, best first, without an average last. Averages equal to six decimals are equal."""
	key = {name: -1.0 if average is None else round(average, 6) for name, average in averages.items()}
	order = sorted(averages, key=lambda name: -key[name])
	values = list(key.values())
	return [Rank(name, 1 + sum(value > key[name] for value in values), averages[name], values.count(key[name]) > 1) for name in order]


def departs_from_scores(order: Iterable[str], averages: Mapping[str, float | None]) -> bool:
	"""Whether an order puts a lower average before a higher one."""
	known = [averages[name] for name in order if averages.get(name) is not None]
	return any(round(later - earlier, 6) > 0 for earlier, later in itertools.pairwise(known))


def check_ranking(order: list[str], chosen: Iterable[str], contestants: Iterable[str], places: int) -> None:
	"""Check that an order names every contestant once, with the chosen (at most `places`, possibly none) first.

	Raises NotInContest, RankedTwice, NotRanked, TooManyChosen, ChosenOutOfOrder.
	"""
	contestants, chosen = list(contestants), list(dict.fromkeys(chosen))
	for name in (*order, *chosen):
		if name not in contestants:
			raise NotInContest(name)
	for name in order:
		if order.count(name) > 1:
			raise RankedTwice(name)
	for name in contestants:
		if name not in order:
			raise NotRanked(name)
	if len(chosen) > places:
		raise TooManyChosen(len(chosen), places)
	for name in chosen:
		if name not in order[: len(chosen)]:
			raise ChosenOutOfOrder(name)
