"""Which of the city's services could be kyodo (事業の選別).

Sources: 小平市 001 2(4)② names five features of a service that suits kyodo; 2(3) at its end names two that speak against it:
no time, or the content is already fixed; 国分寺市 has existing services screened by its cross-section team. The sources do
not weigh the answers. The weights here are the app's own suggestion (例), beside the views of the section and the team.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .rows import get_value

FOR, AGAINST = "For", "Against"
SUITS, NEEDS_WORK, DOES_NOT_SUIT = "Suits", "Needs Work", "Does Not Suit"
HALF_POINTS = {"Yes": 2, "Partly": 1, "No": 0}
HALF_POINTS_TO_OUTWEIGH = 4  # two questions answered with yes


@dataclass(frozen=True)
class Assessment:
	"""`points_for`, `points_against`: yes counts 1, partly ½; `suggestion`: "" until every question is answered; `unanswered`:
	questions."""

	points_for: float
	points_against: float
	suggestion: str
	unanswered: tuple[str, ...]


def assess(answers: Iterable[Any]) -> Assessment:
	"""What the answers suggest; rows have `question`, `direction` (For, Against) and `answer` (Yes, Partly, No).

	The share of points for kyodo (0–1) less ½ per point against: from ½ the service suits, above 0 it needs work, otherwise it
	does not suit. So two points against cannot be outweighed.
	"""
	rows = list(answers)
	waiting = tuple(str(get_value(row, "question") or "") for row in rows if get_value(row, "answer") not in HALF_POINTS)
	halves = {side: _halves(rows, side) for side in (FOR, AGAINST)}
	most = 2 * sum(get_value(row, "direction") == FOR for row in rows)
	suggestion = _suggestion(halves[FOR], most, halves[AGAINST]) if most and not waiting else ""
	return Assessment(halves[FOR] / 2, halves[AGAINST] / 2, suggestion, waiting)


def views_needed(team: int) -> int:
	"""How many members of a team have to give their view before a screening is concluded: more than half."""
	return team // 2 + 1


def _halves(rows: list[Any], direction: str) -> int:
	return sum(HALF_POINTS.get(get_value(row, "answer"), 0) for row in rows if get_value(row, "direction") == direction)


def _suggestion(speaks_for: int, most: int, against: int) -> str:
	# compared over a common denominator, so that no rounding decides
	balance = speaks_for * HALF_POINTS_TO_OUTWEIGH - against * most
	if 2 * balance >= most * HALF_POINTS_TO_OUTWEIGH:
		return SUITS
	return NEEDS_WORK if balance > 0 else DOES_NOT_SUIT
