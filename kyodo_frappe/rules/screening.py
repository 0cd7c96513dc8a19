"""Which of the city's services could be kyodo (事業の選別).

Sources: 小平市 001 2(4)② names five marks of a service that suits kyodo, each by itself; 2(3) at its end names two
that speak against it: no time, or the content is already fixed; 国分寺市 has existing services screened by its
cross-section team. How much an answer weighs the sources do not say. What is here is the app's own suggestion (例): it
decides nothing, the section's view and the team's stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .rows import read

FOR, AGAINST = "For", "Against"
SUITS, NEEDS_WORK, DOES_NOT_SUIT = "Suits", "Needs Work", "Does Not Suit"
HALVES = {"Yes": 2, "Partly": 1, "No": 0}
MANY_AGAINST = 4  # halves: two questions answered with yes


@dataclass(frozen=True)
class Weighed:
	"""points_for, points_against: yes counts 1, partly ½; suggestion: "" until every question is answered; open:
	questions without an answer."""

	points_for: float
	points_against: float
	suggestion: str
	open: tuple[str, ...]


def weigh(answers: Iterable[Any]) -> Weighed:
	"""What the answers suggest; a row has `question`, `direction` (For, Against) and `answer` (Yes, Partly, No).

	The share of what speaks for kyodo (all of it = 1), less ½ for each point against: from ½ on the service suits, above
	nothing it needs work, else it does not suit. So two points against cannot be outweighed, and one costs as much as
	half of everything that speaks for it.
	"""
	rows = list(answers)
	waiting = tuple(str(read(row, "question") or "") for row in rows if read(row, "answer") not in HALVES)
	halves = {side: _halves(rows, side) for side in (FOR, AGAINST)}
	most = 2 * sum(read(row, "direction") == FOR for row in rows)
	suggestion = _suggestion(halves[FOR], most, halves[AGAINST]) if most and not waiting else ""
	return Weighed(halves[FOR] / 2, halves[AGAINST] / 2, suggestion, waiting)


def views_needed(team: int) -> int:
	"""How many of a team have to say their view before a screening is concluded: more than half."""
	return team // 2 + 1


def _halves(rows: list[Any], direction: str) -> int:
	return sum(HALVES.get(read(row, "answer"), 0) for row in rows if read(row, "direction") == direction)


def _suggestion(speaks_for: int, most: int, against: int) -> str:
	# the share for, less the share of MANY_AGAINST, over one denominator: no rounding decides
	balance = speaks_for * MANY_AGAINST - against * most
	if 2 * balance >= most * MANY_AGAINST:
		return SUITS
	return NEEDS_WORK if balance > 0 else DOES_NOT_SUIT
