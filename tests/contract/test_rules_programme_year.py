"""Calls and events of a fiscal year, on real calendars."""

import datetime

import pytest

from kyodo_frappe.rules.meeting_plan import NoSuchPlanDay
from kyodo_frappe.rules.programme_year import ClosesBeforeItOpens, call_plan, event_plan


def row(name, opens, closes, **more):
	return {
		"call_name": name,
		"opens_month": opens[0],
		"opens_day": opens[1],
		"closes_month": closes[0],
		"closes_day": closes[1],
		**more,
	}


def days(calls):
	return [(call.row["call_name"], call.opens.isoformat(), call.closes.isoformat()) for call in calls]


def test_calls_of_early_and_late_calendars_are_sorted_by_day():
	late, early = row("後期", (8, 1), (10, 31)), row("前期", (4, 1), (5, 31))
	# 31 May 2026 is a Sunday, 31 October 2026 a Saturday: both move to the next open day
	assert days(call_plan([late, early], 2026)) == [
		("前期", "2026-04-01", "2026-06-01"),
		("後期", "2026-08-01", "2026-11-02"),
	]


def test_call_across_the_turn_of_the_year_is_in_one_fiscal_year():
	assert days(call_plan([row("冬", (12, 1), (1, 15))], 2026)) == [("冬", "2026-12-01", "2027-01-15")]
	assert days(call_plan([row("年度末", (2, 1), (3, 31))], 2026)) == [("年度末", "2027-02-01", "2027-03-31")]


def test_day_past_the_end_of_its_month_is_the_last_one():
	assert days(call_plan([row("一", (6, 31), (2, 30))], 2027))[0][1:] == ("2027-06-30", "2028-02-29")


def test_own_closures_move_the_closing_day():
	closed = [datetime.date(2026, 6, 1)]
	assert days(call_plan([row("前期", (4, 1), (5, 31))], 2026, closed))[0][2] == "2026-06-02"


def test_impossible_plan_is_refused_and_named():
	with pytest.raises(ClosesBeforeItOpens, match="逆"):
		call_plan([row("逆", (9, 1), (8, 1))], 2026)
	for month in (0, 13, None):
		with pytest.raises(NoSuchPlanDay):
			call_plan([row("月", (month, 1), (8, 1))], 2026)


def test_events_can_be_on_closed_days():
	events = event_plan([{"event_name": "研修", "month": 2, "day": 11}, {"event_name": "講座", "month": 5, "day": 3}], 2026)
	assert [(event.row["event_name"], event.day.isoformat()) for event in events] == [
		("講座", "2026-05-03"),
		("研修", "2027-02-11"),
	]


def test_a_call_of_january_to_march_may_close_in_the_next_fiscal_year():
	row = {"call_name": "早い募集", "opens_month": 2, "opens_day": 1, "closes_month": 4, "closes_day": 30}
	(call,) = call_plan([row], 2026)
	assert (call.opens, call.closes) == (datetime.date(2027, 2, 1), datetime.date(2027, 4, 30))
	(call,) = call_plan([{**row, "opens_month": 12, "closes_month": 1}], 2026)
	assert (call.opens, call.closes) == (datetime.date(2026, 12, 1), datetime.date(2027, 2, 1)), "30 January 2027 is a Saturday"


def test_weekend_does_not_hide_that_a_call_closes_before_it_opens():
	with pytest.raises(ClosesBeforeItOpens, match="逆"):  # 31 July 2027 is a Saturday: rolled, it would be 2 August
		call_plan([row("逆", (8, 1), (7, 31))], 2027)
