"""Conditions with numbers: bounds, whole years, places (domain.md §7)."""

import datetime

import pytest

from kyodo_frappe.rules.conditions import BoundsContradict, NegativeBound, check_bounds, is_in, whole_years

DAY = datetime.date


@pytest.mark.parametrize(("least", "most"), [(None, None), (0, 0), (5, None), (None, 3), (0, 3), (5, 5), (5, 6), (5, 0)])
def test_bounds_between_which_something_lies(least, most):
	check_bounds(least, most, "least", "most")


@pytest.mark.parametrize(("least", "most", "error"), [(6, 5, BoundsContradict), (-1, 5, NegativeBound), (1, -5, NegativeBound)])
def test_bounds_that_nobody_meets_are_refused(least, most, error):
	with pytest.raises(error, match=str(min(least, most)) if error is NegativeBound else "6.*5"):
		check_bounds(least, most, "least", "most")


@pytest.mark.parametrize(
	("since", "day", "years"),
	[
		(DAY(2025, 11, 29), DAY(2026, 11, 28), 0),
		(DAY(2025, 11, 29), DAY(2026, 11, 29), 1),
		(DAY(2024, 2, 29), DAY(2025, 2, 28), 0),
		(DAY(2024, 2, 29), DAY(2025, 3, 1), 1),
		(DAY(2024, 2, 29), DAY(2028, 2, 29), 4),
		(DAY(1989, 1, 7), DAY(2026, 1, 7), 37),
		(DAY(2026, 11, 29), DAY(2026, 11, 29), 0),
		(DAY(2026, 11, 30), DAY(2026, 11, 29), -1),
	],
)
def test_a_year_is_complete_on_the_anniversary(since, day, years):
	assert whole_years(since, day) == years


@pytest.mark.parametrize(
	("address", "places", "found"),
	[
		("神奈川県鎌倉市御成町18-10", "鎌倉市", True),
		("神奈川県 鎌 倉市", "鎌倉市", True),
		("東京都葛飾区⻲有", "亀有", True),
		("逗子市逗子5", "鎌倉市、逗子市", True),
		("逗子市逗子5", "鎌倉市,逗子市", True),
		("藤沢市朝日町", "鎌倉市、逗子市", False),
		("", "鎌倉市", False),
		(None, "鎌倉市", False),
		("藤沢市", "", True),
		(None, None, True),
		("藤沢市", " 、 ", True),
	],
)
def test_an_address_lies_in_one_of_the_places(address, places, found):
	assert is_in(address, places) is found
