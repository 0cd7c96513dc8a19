"""The calendar of a committee for a fiscal year, from the programme's plan of its meetings.

Source: 鎌倉 2(2)3 (five meetings a year; step 2 by July), 2(1)② (both sides about equal); domain.md §4.
A plan's row names a month and a day; a closed day moves to the next open one, as every deadline does.
"""

from __future__ import annotations

import datetime
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass

from .calendar import next_open_day
from .era import as_fiscal_year
from .errors import RuleError

STEP_2 = "Step 2"


class NoSuchPlanDay(RuleError):
	source = "The plan of the year names a day that does not exist: month {0}, day {1}."


@dataclass(frozen=True)
class PlannedMeeting:
	"""meeting_type; day: the open day it is held on; begins_at "HH:MM" or ""; topic, for a learning meeting."""

	meeting_type: str
	day: datetime.date
	begins_at: str = ""
	topic: str = ""


def year_plan(rows: Iterable[dict], fiscal_year: int, closures: Iterable[datetime.date] = ()) -> list[PlannedMeeting]:
	"""The meetings of a fiscal year in the order of their days.

	Rows: "meeting_type", "month", "day", "begins_at", "topic". January to March are those of the next calendar
	year; a day past the end of its month (31 June) is the month's last. Raises NotAFiscalYear, NoSuchPlanDay.
	"""
	year = as_fiscal_year(fiscal_year)
	closed = list(closures)
	meetings = [
		PlannedMeeting(
			row["meeting_type"],
			next_open_day(day_in_year(year, row.get("month"), row.get("day")), closed),
			row.get("begins_at") or "",
			row.get("topic") or "",
		)
		for row in rows
	]
	return sorted(meetings, key=lambda meeting: (meeting.day, meeting.begins_at))


def missing(plan: Iterable[PlannedMeeting], held: Iterable[tuple[str, datetime.date]]) -> list[PlannedMeeting]:
	"""What of a plan is not in the calendar yet: the nth meeting of a kind answers the nth planned one of that kind,
	so that a meeting that was moved to another day is not made a second time."""
	there: dict[str, int] = {}
	for meeting_type, _day_held in held:
		there[meeting_type] = there.get(meeting_type, 0) + 1
	new = []
	for meeting in plan:
		if there.get(meeting.meeting_type, 0):
			there[meeting.meeting_type] -= 1
		else:
			new.append(meeting)
	return new


def late_for(meetings: Iterable[tuple[str, datetime.date]], deadline: datetime.date | None) -> list[datetime.date]:
	"""Days of step 2 meetings after the day by which step 2 has to decide."""
	if deadline is None:
		return []
	return sorted(day for meeting_type, day in meetings if meeting_type == STEP_2 and day > deadline)


def lay_out(minutes: Iterable[int], begins_at: str) -> list[str]:
	"""When each item of an agenda begins, one after the other from `begins_at` ("HH:MM"), with the end of the last as
	the last entry. Midnight is not passed: what would is put at 23:59."""
	hour, minute = (int(part) for part in begins_at.split(":"))
	at = hour * 60 + minute
	times = [_clock(at)]
	for length in minutes:
		at += max(int(length), 0)
		times.append(_clock(at))
	return times


def _clock(at: int) -> str:
	at = min(at, 24 * 60 - 1)
	return f"{at // 60:02}:{at % 60:02}"


def day_in_year(year: int, month: int | None, day: int | None) -> datetime.date:
	"""A month and a day as a day of a fiscal year; past the end of its month it is the last. Raises NoSuchPlanDay."""
	if not (month and 1 <= month <= 12 and day and 1 <= day <= 31):
		raise NoSuchPlanDay(month, day)
	calendar_year = year if month >= 4 else year + 1
	return datetime.date(calendar_year, month, min(day, monthrange(calendar_year, month)[1]))
