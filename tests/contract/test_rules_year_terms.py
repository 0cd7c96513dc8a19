"""Rates, ceilings and budgets by the year of a term or the time of a project (domain.md §7 "Rates", "Terms")."""

from fractions import Fraction

import pytest

from kyodo_frappe.rules.rates import BadRate
from kyodo_frappe.rules.settlement import Terms, over_years, payable, settle_project
from kyodo_frappe.rules.year_terms import (
	TIME,
	YEAR,
	BadTerm,
	BadYearTerm,
	BudgetOfTime,
	DuplicateYearTerm,
	EmptyYearTerm,
	FirstYearBudgetDiffers,
	YearCeilingAboveBudget,
	YearTerms,
	budget_of,
	check_rows,
	check_term,
	counts_times,
	terms_of,
)


def row(number: int, kind: str = YEAR, **values) -> dict:
	return {"counted_by": kind, "number": number, **values}


FALLING = [row(1, rate="90"), row(2, rate="80", ceiling=500000), row(3, rate="10分の7")]
REPEATED = [row(1, TIME, rate="2/3"), row(2, TIME, rate="1/2"), row(3, TIME, rate="3分の1", ceiling=300000)]


@pytest.mark.parametrize(("year", "rate", "ceiling"), [(1, "9/10", None), (2, "4/5", 500000), (3, "7/10", 500000), (4, "7/10", 500000)])
def test_a_row_holds_until_another_says_something_else(year, rate, ceiling):
	assert terms_of(FALLING, year) == YearTerms(Fraction(rate), ceiling)


def test_of_year_and_time_the_lower_counts():
	rows = [*FALLING, *REPEATED]
	assert terms_of(rows, 1, 1).rate == Fraction(2, 3)
	assert terms_of(rows, 3, 4) == YearTerms(Fraction(1, 3), 300000)
	assert counts_times(rows) and not counts_times(FALLING)
	assert terms_of([], 2) == YearTerms()


def test_a_budget_is_of_one_year_only():
	rows = [row(1, budget=100), row(3, budget=300), row(2, TIME, rate="50")]
	assert [budget_of(rows, year) for year in (1, 2, 3)] == [100, None, 300]


@pytest.mark.parametrize(
	("rows", "refusal"),
	[
		([row(0, rate="90")], BadYearTerm),
		([row(4, rate="90")], BadYearTerm),
		([row(1, rate="90"), row(1, rate="80")], DuplicateYearTerm),
		([row(2)], EmptyYearTerm),
		([row(2, TIME, budget=1)], BudgetOfTime),
		([row(2, ceiling=2, budget=1)], YearCeilingAboveBudget),
		([row(1, ceiling=1001)], YearCeilingAboveBudget),
		([row(1, budget=999)], FirstYearBudgetDiffers),
		([row(1, rate="0")], BadRate),
		([row(1, rate="101")], BadRate),
	],
)
def test_rows_that_contradict_themselves_are_refused(rows, refusal):
	with pytest.raises(refusal):
		check_rows(rows, most_years=3, frame=1000)


def test_rows_that_hang_together_pass():
	check_rows([*FALLING, *REPEATED, row(4, TIME, rate="30")], most_years=3, frame=1000)


@pytest.mark.parametrize(("term", "most"), [(0, 3), (4, 3), (-1, 3), (2, 0)])
def test_a_term_is_from_one_year_to_the_longest(term, most):
	with pytest.raises(BadTerm):
		check_term(term, most)
	check_term(1, most)


def test_each_year_is_settled_within_its_own_grant():
	year = lambda cost, rate: payable([{"category": "A", "amount": cost}], terms=Terms(rate))
	found = over_years({2026: year(400000, 90), 2027: year(300000, 80)})
	assert (found.amount, found.limit, len(found.lines)) == (600000, 600000, 2)
	settled = settle_project(found, {2026: 300000, 2027: 500000}, paid=400000)
	assert (settled.settled, settled.unused, settled.payable) == (540000, 260000, 140000)
	assert over_years({2026: year(1, 90), 2027: payable([{"category": "A", "amount": 1}])}).limit is None
