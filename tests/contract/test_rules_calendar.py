"""Open days and months: domain.md §4 "Time"."""

import datetime

import pytest

from kyodo_frappe.rules import calendar
from kyodo_frappe.rules.era import NotADate

D = datetime.date
ONE = datetime.timedelta(days=1)


def is_open(day, closures=()) -> bool:
	return calendar.next_open_day(day, closures) == day


def test_ten_day_closure_of_2019_is_recognised():
	closed = [D(2019, 4, 27) + ONE * n for n in range(10)]
	assert closed[-1] == D(2019, 5, 6)
	assert not any(is_open(day) for day in closed)
	assert is_open(D(2019, 4, 26)) and is_open(D(2019, 5, 7))
	assert {calendar.next_open_day(day) for day in closed} == {D(2019, 5, 7)}
	assert {calendar.previous_open_day(day) for day in closed} == {D(2019, 4, 26)}


def test_city_hall_is_closed_from_29_december_to_3_january():
	for year in range(2015, 2036):
		closed = [D(year, 12, 29) + ONE * n for n in range(6)]
		assert closed[-1] == D(year + 1, 1, 3)
		assert not any(is_open(day) for day in closed)
		# 28 December and 4 January are ordinary days: open unless a weekend
		for day in (D(year, 12, 28), D(year, 1, 4)):
			assert is_open(day) == (day.weekday() < 5)


@pytest.mark.parametrize(
	("day", "why"),
	[
		(D(2026, 4, 29), "昭和の日, a Wednesday"),
		(D(2026, 5, 6), "a substitute for 3 May"),
		(D(2026, 9, 22), "a day between two holidays"),
		(D(2020, 7, 24), "スポーツの日, moved for the Olympics"),
		(D(2021, 8, 9), "substitute for the moved 山の日"),
		(D(2019, 10, 22), "the enthronement"),
		(D(2027, 3, 22), "substitute for 春分の日 on a Sunday"),
		(D(2026, 7, 18), "a Saturday"),
	],
)
def test_holidays_and_weekends_are_closed(day, why):
	assert not is_open(day), why


@pytest.mark.parametrize("day", [D(2026, 4, 30), D(2026, 5, 1), D(2026, 5, 7), D(2020, 10, 12), D(2020, 7, 20), D(2019, 12, 23)])
def test_former_and_moved_holidays_are_open(day):
	assert is_open(day)


def test_own_closures_of_a_city_are_closed():
	founding = D(2026, 11, 4)
	assert is_open(founding)
	assert not is_open(founding, [founding])
	assert not is_open(founding, ["2026-11-04"])
	assert is_open(founding, None)
	# 3 November is 文化の日: with the 4th closed the next open day is the 5th
	assert calendar.next_open_day(D(2026, 11, 3), {founding}) == D(2026, 11, 5)


def test_rolling_keeps_open_days_and_moves_closed_days_to_the_nearest_open_one():
	day = D(2015, 1, 1)
	while day < D(2036, 1, 1):
		following, before = calendar.next_open_day(day), calendar.previous_open_day(day)
		if is_open(day):
			assert following == before == day
		else:
			assert before < day < following
			assert calendar.count_open_days(before, following) == 1
		day += ONE


def test_count_open_days_excludes_the_first_day():
	start, day, counted = D(2026, 3, 28), D(2026, 3, 28), 0
	while counted < 260:
		day += ONE
		counted += is_open(day)
		assert calendar.count_open_days(start, day) == counted
	# the day one counts from does not count, open or not; the last one does
	assert calendar.count_open_days(D(2026, 4, 24), D(2026, 4, 27)) == 1
	assert calendar.count_open_days(start, start) == calendar.count_open_days(start, D(2026, 1, 1)) == 0


def test_month_end_is_the_last_day_of_every_month():
	for year in range(2015, 2036):
		for month in range(1, 13):
			end = calendar.month_end(D(year, month, 1))
			assert end == calendar.month_end(end)
			assert end.month == month and (end + ONE).day == 1
	assert calendar.month_end(D(2024, 2, 3)) == D(2024, 2, 29)
	assert calendar.month_end(D(2100, 2, 3)) == D(2100, 2, 28)


@pytest.mark.parametrize(
	("day", "n", "result"),
	[
		(D(2025, 1, 31), 1, D(2025, 2, 28)),
		(D(2024, 1, 31), 1, D(2024, 2, 29)),
		(D(2026, 3, 31), 1, D(2026, 4, 30)),
		(D(2026, 11, 30), 3, D(2027, 2, 28)),
		(D(2026, 12, 15), 1, D(2027, 1, 15)),
		(D(2026, 1, 15), -1, D(2025, 12, 15)),
		(D(2024, 2, 29), 12, D(2025, 2, 28)),
		(D(2024, 2, 29), -12, D(2023, 2, 28)),
		(D(2026, 5, 20), 0, D(2026, 5, 20)),
	],
)
def test_add_months_keeps_the_day_or_takes_the_last_of_the_month(day, n, result):
	assert calendar.add_months(day, n) == result


def test_adding_twelve_months_is_one_year_for_every_day():
	day = D(2023, 3, 1)
	while day < D(2025, 3, 1):
		later = calendar.add_months(day, 12)
		assert (later.year, later.month) == (day.year + 1, day.month)
		assert later.day == day.day or (day.month, day.day) == (2, 29)
		day += ONE


@pytest.mark.parametrize("n", [1.5, "1", None, True])
def test_fractional_months_are_refused(n):
	with pytest.raises(calendar.NotWholeNumber):
		calendar.add_months(D(2026, 1, 1), n)


def test_values_that_are_no_dates_are_refused():
	for call in (
		lambda: calendar.previous_open_day(None),
		lambda: calendar.next_open_day("soon"),
		lambda: calendar.month_end(202604),
		lambda: calendar.next_open_day(D(2026, 4, 30), ["4/30"]),
	):
		with pytest.raises(NotADate):
			call()
