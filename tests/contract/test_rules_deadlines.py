"""Deadlines: 鎌倉 2(2)1(4), 2(2)3(1), 2(2)6(2); 民法 140–143; domain.md §4 "Time"."""

import datetime

import pytest

from kyodo_frappe.rules import deadlines
from kyodo_frappe.rules.calendar import next_open_day
from kyodo_frappe.rules.deadlines import DeadlineRule, countdown, decided_for, due_date
from kyodo_frappe.rules.era import NotADate, NotAFiscalYear

D = datetime.date
ONE = datetime.timedelta(days=1)

PROPOSAL = DeadlineRule("budget_proposal", "Fixed Date", month=4, day=30)
STEP_2 = DeadlineRule("step_2", "Month End", month=7, roll="previous_open")
REPORT = DeadlineRule("report", "After Event", months=1, event="completed", roll="none")


@pytest.mark.parametrize(
	("fy", "due"),
	[
		(2015, D(2015, 4, 30)),  # Thursday
		(2016, D(2016, 5, 2)),  # Saturday
		(2017, D(2017, 5, 1)),  # Sunday
		(2018, D(2018, 5, 1)),  # Monday, substitute for 昭和の日
		(2019, D(2019, 5, 7)),  # the ten days
		(2020, D(2020, 4, 30)),
		(2022, D(2022, 5, 2)),  # Saturday
		(2023, D(2023, 5, 1)),  # Sunday
		(2024, D(2024, 4, 30)),
		(2026, D(2026, 4, 30)),
		(2027, D(2027, 4, 30)),  # Friday
		(2028, D(2028, 5, 1)),  # Sunday
		(2029, D(2029, 5, 1)),  # Monday, substitute
		(2033, D(2033, 5, 2)),  # Saturday
	],
)
def test_30_april_rolls_as_on_real_calendars(fy, due):
	assert due_date(PROPOSAL, fiscal_year=fy) == due
	assert next_open_day(due) == due


def test_own_closures_move_a_deadline():
	# 30 April 2027 is a Friday; with it closed, 1–5 May are weekend and holidays
	assert due_date(PROPOSAL, fiscal_year=2027, closures=[D(2027, 4, 30)]) == D(2027, 5, 6)


def test_month_end_of_july_is_due_for_step_2():
	assert due_date(STEP_2, fiscal_year=2026) == D(2026, 7, 31)  # Friday
	assert due_date(STEP_2, fiscal_year=2027) == D(2027, 7, 30)  # 31 July 2027 is a Saturday
	plain = DeadlineRule("step_2", "Month End", month=7, roll="none")
	assert due_date(plain, fiscal_year=2027) == D(2027, 7, 31)


def test_january_to_march_are_in_the_following_calendar_year():
	for month in range(1, 13):
		rule = DeadlineRule("x", "Fixed Date", month=month, day=15, roll="none")
		assert due_date(rule, fiscal_year=2026) == D(2027 if month < 4 else 2026, month, 15)


def test_last_day_of_february_follows_leap_years():
	end = DeadlineRule("x", "Month End", month=2, roll="none")
	fixed = DeadlineRule("x", "Fixed Date", month=2, day=29, roll="none")
	for rule in (end, fixed):
		assert due_date(rule, fiscal_year=2023) == D(2024, 2, 29)
		assert due_date(rule, fiscal_year=2024) == D(2025, 2, 28)


def test_rolling_crosses_the_end_of_the_fiscal_year():
	# 31 March 2024 is a Sunday
	rolled = {
		roll: due_date(DeadlineRule("x", "Month End", month=3, roll=roll), fiscal_year=2023)
		for roll in ("next_open", "previous_open", "none")
	}
	assert rolled == {"next_open": D(2024, 4, 1), "previous_open": D(2024, 3, 29), "none": D(2024, 3, 31)}


def test_deadline_at_the_turn_of_the_year_moves_past_the_closure():
	rule = DeadlineRule("x", "Fixed Date", month=12, day=31)
	assert due_date(rule, fiscal_year=2026) == D(2027, 1, 4)
	# 4 January 2026 is a Sunday
	assert due_date(rule, fiscal_year=2025) == D(2026, 1, 5)


@pytest.mark.parametrize(
	("completed", "due"),
	[
		(D(2026, 3, 31), D(2026, 4, 30)),  # the whole of April
		(D(2026, 3, 15), D(2026, 4, 15)),
		(D(2026, 1, 30), D(2026, 2, 28)),  # starts on the 31st, which February has not
		(D(2024, 1, 30), D(2024, 2, 29)),
		(D(2026, 1, 31), D(2026, 2, 28)),  # the whole of February
		(D(2026, 1, 28), D(2026, 2, 28)),
		(D(2026, 1, 27), D(2026, 2, 27)),
		(D(2026, 2, 28), D(2026, 3, 31)),  # the whole of March
		(D(2024, 2, 28), D(2024, 3, 28)),
		(D(2026, 4, 30), D(2026, 5, 31)),
		(D(2026, 12, 31), D(2027, 1, 31)),
	],
)
def test_one_month_after_completion_follows_the_civil_code(completed, due):
	assert due_date(REPORT, event_date=completed) == due


def test_periods_of_months_are_monotonic():
	day = D(2023, 1, 1)
	while day < D(2029, 1, 1):
		due = deadlines.period_end(day, months=1)
		assert 28 <= (due - day).days <= 31
		assert deadlines.period_end(day + ONE, months=1) >= due
		assert deadlines.period_end(day, months=12) > deadlines.period_end(day, months=11)
		day += ONE


def test_days_count_after_and_before_an_event():
	fortnight = DeadlineRule("answer", "After Event", days=14, event="received", roll="none")
	assert due_date(fortnight, event_date=D(2026, 4, 1)) == D(2026, 4, 15)
	convene = DeadlineRule("convene", "After Event", days=-7, event="meeting", roll="previous_open")
	# a week before 6 May 2027 (a Thursday) is 29 April, 昭和の日
	assert due_date(convene, event_date=D(2027, 5, 6)) == D(2027, 4, 28)
	both = DeadlineRule("x", "After Event", months=1, days=10, event="completed", roll="none")
	assert due_date(both, event_date=D(2026, 3, 31)) == D(2026, 5, 10)
	assert due_date(DeadlineRule("x", "After Event", roll="none"), event_date=D(2026, 3, 31)) == D(2026, 3, 31)


def test_report_due_in_golden_week_moves_to_the_next_open_day():
	rolled = DeadlineRule("report", "After Event", months=1, event="completed")
	assert due_date(rolled, event_date=D(2019, 3, 31)) == D(2019, 5, 7)


def test_month_end_after_an_event():
	rule = DeadlineRule("x", "Month End", months=1, event="completed", roll="none")
	assert not rule.yearly
	assert due_date(rule, event_date=D(2026, 1, 5)) == D(2026, 2, 28)
	assert due_date(rule, event_date=D(2026, 1, 31)) == D(2026, 2, 28)


def test_zero_and_none_count_as_not_given():
	assert DeadlineRule("x", "After Event", months=None, days=None).months == 0
	assert DeadlineRule("x", "Month End", month=0, months=1).yearly is False


def test_missing_fiscal_year_or_event_date_is_refused_with_the_name_of_the_rule():
	labelled = DeadlineRule("p", "Fixed Date", month=4, day=30, label="Budget proposals")
	with pytest.raises(deadlines.FiscalYearNeeded) as refusal:
		due_date(labelled, event_date=D(2026, 4, 1))
	assert refusal.value.args_ == ("Budget proposals",)
	with pytest.raises(deadlines.EventDateNeeded):
		due_date(REPORT, fiscal_year=2026)
	with pytest.raises(NotAFiscalYear):
		due_date(PROPOSAL, fiscal_year="2026")
	with pytest.raises(NotADate):
		due_date(REPORT, event_date="yesterday")


@pytest.mark.parametrize(
	("values", "refusal"),
	[
		({"kind": "Someday"}, deadlines.UnknownDeadlineKind),
		({"kind": "Fixed Date", "month": 4, "day": 31}, deadlines.NoSuchMonthDay),
		({"kind": "Fixed Date", "month": 13, "day": 1}, deadlines.NoSuchMonthDay),
		({"kind": "Fixed Date", "month": 2, "day": 30}, deadlines.NoSuchMonthDay),
		({"kind": "Fixed Date", "month": 4}, deadlines.NoSuchMonthDay),
		({"kind": "Fixed Date"}, deadlines.NoSuchMonthDay),
		({"kind": "Month End", "month": 13}, deadlines.NoSuchMonthDay),
		({"kind": "Month End", "month": 7, "roll": "sideways"}, deadlines.UnknownRoll),
		({"kind": "After Event", "months": -1}, deadlines.BadPeriod),
		({"kind": "After Event", "months": 1, "days": -1}, deadlines.BadPeriod),
	],
)
def test_invalid_rules_are_refused_on_creation(values, refusal):
	with pytest.raises(refusal):
		DeadlineRule("x", **values)


def test_countdown_counts_open_days_over_golden_week():
	due = due_date(PROPOSAL, fiscal_year=2026)
	assert countdown(due, D(2026, 4, 24)) == {"days": 6, "open_days": 3, "state": "open"}
	assert countdown(due, D(2026, 4, 29)) == {"days": 1, "open_days": 1, "state": "open"}
	assert countdown(due, due) == {"days": 0, "open_days": 0, "state": "today"}
	assert countdown(due, D(2026, 5, 1)) == {"days": -1, "open_days": -1, "state": "late"}
	# 2–6 May are closed: a week late is only two open days late
	assert countdown(due, D(2026, 5, 7)) == {"days": -7, "open_days": -2, "state": "late"}
	assert countdown(due, D(2026, 4, 24), [D(2026, 4, 28)])["open_days"] == 2


@pytest.mark.parametrize(
	("submitted", "fy"),
	[
		(D(2026, 4, 1), 2026),
		(D(2026, 4, 30), 2026),
		(D(2026, 5, 1), 2027),
		(D(2026, 12, 31), 2027),
		(D(2027, 3, 31), 2027),
		(D(2027, 4, 1), 2027),
		(D(2027, 5, 1), 2028),
		(D(2019, 5, 7), 2019),  # still in time: the ten days
		(D(2019, 5, 8), 2020),
		(D(2016, 5, 2), 2016),
		(D(2016, 5, 3), 2017),
	],
)
def test_proposal_in_time_is_decided_this_year_and_a_late_one_next_year(submitted, fy):
	assert decided_for(submitted, PROPOSAL) == fy


def test_every_day_has_a_round_and_rounds_are_monotonic():
	day, last = D(2015, 4, 1), 2015
	while day < D(2036, 1, 1):
		fy = decided_for(day, PROPOSAL)
		assert due_date(PROPOSAL, fiscal_year=fy - 1) < day <= due_date(PROPOSAL, fiscal_year=fy)
		assert fy in (last, last + 1)
		last = fy
		day += ONE


def test_deadline_rolled_into_april_belongs_to_its_fiscal_year():
	rule = DeadlineRule("x", "Month End", month=3)
	assert decided_for(D(2024, 4, 1), rule) == 2023
	assert decided_for(D(2024, 4, 2), rule) == 2024


def test_rounds_of_an_event_deadline_are_refused():
	with pytest.raises(deadlines.NotAYearlyDeadline):
		decided_for(D(2026, 4, 1), REPORT)
