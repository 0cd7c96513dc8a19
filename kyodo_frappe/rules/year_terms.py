"""複数年度の補助: rates that fall and ceilings, by the year of a term or by the time that the same project is adopted.

Source: domain.md §7 "Rates" and "Terms" (90 → 80 → 70 %; 再度・再々度; an amount, ceiling and budget for each year).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .errors import RuleError
from .rates import read_rate
from .rows import get_value

YEAR, TIME = "Year of the Term", "Time of the Project"


class BadYearTerm(RuleError):
	"""A row is for no year or time from 1 on, or for one beyond the longest term."""

	source = "Row {0}: {1} is not a year or time from 1 to {2}."


class DuplicateYearTerm(RuleError):
	"""Two rows say what holds from the same year or time on."""

	source = "Rows {0} and {1} are for the same year or time. Please keep one."


class EmptyYearTerm(RuleError):
	"""A row says neither rate nor ceiling nor budget."""

	source = "Row {0} says nothing. Please enter a rate, a ceiling or a budget."


class BudgetOfTime(RuleError):
	"""A row that counts times has a budget, which belongs to a year."""

	source = "Row {0}: a budget belongs to a year of the term, not to a time of the project."


class YearCeilingAboveBudget(RuleError):
	"""The ceiling per proposal is above what the year has for all of them."""

	source = "Row {0}: the ceiling per proposal ({1} yen) is above the budget of that year ({2} yen)."


class FirstYearBudgetDiffers(RuleError):
	"""The budget of the first year is not the total budget of the call."""

	source = "The budget of the first year ({0} yen) and the total budget ({1} yen) differ. Please enter the same, or leave one empty."


class BadTerm(RuleError):
	"""A term is not a number of years from 1 to the longest."""

	source = "A term of {0} years is not possible here: it is from 1 to {1}."


MOST_YEARS = 10
MOST_TIMES = 99


@dataclass(frozen=True)
class YearTerms:
	"""What rows say about one year of a term; None where they are silent. `rate`: the share as in rates.py; yen otherwise."""

	rate: Fraction | None = None
	ceiling: int | None = None


def terms_of(rows: Iterable[Any], year: int, time: int = 1) -> YearTerms:
	"""What holds in a year of a term, for a project that is adopted for the `time`-th time.

	rows: {"counted_by", "number", "rate": as people write it, "ceiling": yen}. A row holds from its number on, until another row of its
	kind says something else; of a row by year and one by time the lower counts. Raises BadRate.
	"""
	rows = list(rows)
	found = [
		(_holding(rows, kind, number, "rate"), _holding(rows, kind, number, "ceiling")) for kind, number in ((YEAR, year), (TIME, time))
	]
	rates = [share for rate, _ceiling in found if (share := read_rate(rate)) is not None]
	ceilings = [round(float(ceiling)) for _rate, ceiling in found if ceiling]
	return YearTerms(min(rates, default=None), min(ceilings, default=None))


def budget_of(rows: Iterable[Any], year: int) -> int | None:
	"""The budget in yen that rows name for a year of the term itself; None where they do not."""
	for row in rows:
		if get_value(row, "counted_by") != TIME and int(get_value(row, "number") or 1) == year and get_value(row, "budget"):
			return round(float(get_value(row, "budget")))
	return None


def counts_times(rows: Iterable[Any]) -> bool:
	"""Whether any row depends on how often a project has been adopted before."""
	return any(get_value(row, "counted_by") == TIME for row in rows)


def check_rows(rows: Iterable[Any], most_years: int, frame: int = 0):
	"""Check rows where they are declared; `frame`: the total budget of the call in yen, 0 for none.

	Raises BadYearTerm, DuplicateYearTerm, EmptyYearTerm, BudgetOfTime, YearCeilingAboveBudget, FirstYearBudgetDiffers, BadRate.
	"""
	seen: dict[tuple, int] = {}
	for place, row in enumerate(rows, 1):
		kind, number = get_value(row, "counted_by") or YEAR, int(get_value(row, "number") or 0)
		most = MOST_TIMES if kind == TIME else max(1, most_years)
		if not 1 <= number <= most:
			raise BadYearTerm(place, number, most)
		if (kind, number) in seen:
			raise DuplicateYearTerm(seen[kind, number], place)
		seen[kind, number] = place
		_check_amounts(row, place, kind, number, frame)


def check_term(term: int, most: int):
	"""Raise BadTerm for a term of no years, or of more than `most`."""
	if not 1 <= term <= max(1, most):
		raise BadTerm(term, max(1, most))


def _check_amounts(row: Any, place: int, kind: str, number: int, frame: int):
	ceiling, budget = (round(float(get_value(row, field) or 0)) for field in ("ceiling", "budget"))
	if read_rate(get_value(row, "rate")) is None and not ceiling and not budget:
		raise EmptyYearTerm(place)
	if kind == TIME and budget:
		raise BudgetOfTime(place)
	if kind == YEAR and number == 1 and budget and frame and budget != frame:
		raise FirstYearBudgetDiffers(f"{budget:,}", f"{frame:,}")
	most = budget or (frame if number == 1 else 0)
	if most and ceiling > most:
		raise YearCeilingAboveBudget(place, f"{ceiling:,}", f"{most:,}")


def _holding(rows: list, kind: str, number: int, field: str) -> Any:
	"""The value of the last row of a kind up to a number that says something in a field."""
	own = [row for row in rows if (get_value(row, "counted_by") or YEAR) == kind and int(get_value(row, "number") or 1) <= number]
	said = [row for row in own if get_value(row, field) not in (None, "", 0)]
	return get_value(max(said, key=lambda row: int(get_value(row, "number") or 1)), field) if said else None
