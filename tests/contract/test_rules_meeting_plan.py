"""Meetings of a fiscal year: five meetings of 鎌倉 with step 2 by July, on real calendars."""

import datetime

import pytest

from kyodo_frappe.rules.meeting_plan import NoSuchPlanDay, PlannedMeeting, dates_after_deadline, item_times, missing_meetings, year_plan

PLAN = [
	{"meeting_type": "Step 1", "month": 5, "day": 20, "begins_at": "18:30"},
	{"meeting_type": "Step 2", "month": 7, "day": 15},
	{"meeting_type": "Learning", "month": 2, "day": 11, "topic": "評価の方法"},
]


def test_meetings_of_a_fiscal_year_are_sorted_by_day():
	plan = year_plan(PLAN, 2026)
	assert [(row.meeting_type, str(row.day)) for row in plan] == [
		("Step 1", "2026-05-20"),
		("Step 2", "2026-07-15"),
		("Learning", "2027-02-12"),  # 建国記念の日 is closed
	]
	assert plan[0].begins_at == "18:30" and plan[2].topic == "評価の方法"


@pytest.mark.parametrize(
	("month", "day", "closures", "held"),
	[
		(5, 3, (), "2026-05-07"),  # Sunday, then three holidays
		(12, 29, (), "2027-01-04"),
		(4, 31, (), "2026-04-30"),  # the month's last day
		(2, 29, (), "2027-03-01"),  # no leap year, and a Sunday
		(5, 20, (datetime.date(2026, 5, 20),), "2026-05-21"),
	],
)
def test_closed_day_moves_to_the_next_open_one(month, day, closures, held):
	(meeting,) = year_plan([{"meeting_type": "Extra", "month": month, "day": day}], 2026, closures)
	assert str(meeting.day) == held


@pytest.mark.parametrize(("month", "day"), [(0, 1), (13, 1), (5, 0), (5, 32), (None, 3), (5, None)])
def test_nonexistent_day_is_refused(month, day):
	with pytest.raises(NoSuchPlanDay):
		year_plan([{"meeting_type": "Extra", "month": month, "day": day}], 2026)


def test_existing_and_moved_meetings_are_not_planned_again():
	plan = year_plan(PLAN, 2026)
	moved = [("Step 1", datetime.date(2026, 6, 2)), ("Extra", datetime.date(2026, 9, 1))]
	assert [row.meeting_type for row in missing_meetings(plan, moved)] == ["Step 2", "Learning"]
	assert missing_meetings(plan, [(row.meeting_type, row.day) for row in plan]) == []
	twice = [PlannedMeeting("Step 1", datetime.date(2026, 5, 1)), PlannedMeeting("Step 1", datetime.date(2026, 6, 1))]
	assert [row.day.month for row in missing_meetings(twice, [("Step 1", datetime.date(2026, 5, 1))])] == [6]


def test_step_2_meetings_after_the_deadline_are_found():
	july = datetime.date(2026, 7, 31)
	meetings = [("Step 2", july), ("Step 2", datetime.date(2026, 8, 3)), ("Step 1", datetime.date(2026, 9, 1))]
	assert dates_after_deadline(meetings, july) == [datetime.date(2026, 8, 3)]
	assert dates_after_deadline(meetings, None) == []


def test_item_times_follow_from_the_beginning_of_the_meeting():
	assert item_times([15, 20, 0], "18:30") == ["18:30", "18:45", "19:05", "19:05"]
	assert item_times([], "09:00") == ["09:00"]
	assert item_times([90] * 20, "18:30")[-1] == "23:59"


def test_a_meeting_is_held_on_a_saturday_where_the_plan_says_so():
	row = {"meeting_type": "Step 1", "month": 11, "day": 28}
	assert year_plan([row], 2026)[0].day == datetime.date(2026, 11, 30), "rolled to the Monday"
	assert year_plan([{**row, "roll": "Next Open Day"}], 2026)[0].day == datetime.date(2026, 11, 30)
	assert year_plan([{**row, "roll": "None"}], 2026)[0].day == datetime.date(2026, 11, 28)
