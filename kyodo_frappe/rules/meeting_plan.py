"""The meetings of a committee in a fiscal year, from the programme's plan.

Source: 鎌倉 2(2)3 (five meetings a year; step 2 by July), 2(1)② (both sides about equal); domain.md §4.
A row names a month and a day; a closed day moves to the next open one, as with every deadline, unless the row says that the meeting
is held on it (a Saturday, when citizens have time).
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
	"""A row names a month or day that does not exist."""

	source = "The plan of the year contains a date that does not exist: month {0}, day {1}."


@dataclass(frozen=True)
class PlannedMeeting:
	"""`day`: the open day of the meeting; `begins_at`: "HH:MM" or ""; `topic`: of a learning meeting."""

	meeting_type: str
	day: datetime.date
	begins_at: str = ""
	topic: str = ""


def year_plan(rows: Iterable[dict], fiscal_year: int, closures: Iterable[datetime.date] = ()) -> list[PlannedMeeting]:
	"""The meetings of a fiscal year, by day.

	Rows: "meeting_type", "month", "day", "begins_at", "topic", "roll" ("None" for a meeting that is held on a closed day, too). January to March are in the next calendar year; a day past the
	end of its month (31 June) is the last of the month. Raises NotAFiscalYear, NoSuchPlanDay.
	"""
	year = as_fiscal_year(fiscal_year)
	closed = list(closures)
	meetings = [
		PlannedMeeting(
			row["meeting_type"],
			_rolled(day_in_year(year, row.get("month"), row.get("day")), row.get("roll"), closed),
			row.get("begins_at") or "",
			row.get("topic") or "",
		)
		for row in rows
	]
	return sorted(meetings, key=lambda meeting: (meeting.day, meeting.begins_at))


def _rolled(day: datetime.date, roll: str | None, closed: list[datetime.date]) -> datetime.date:
	return day if roll == "None" else next_open_day(day, closed)


def missing_meetings(plan: Iterable[PlannedMeeting], held: Iterable[tuple[str, datetime.date]]) -> list[PlannedMeeting]:
	"""The planned meetings that do not exist yet.

	The nth meeting of a type counts as the nth planned one, so that a meeting moved to another day is not created again.
	"""
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


def dates_after_deadline(meetings: Iterable[tuple[str, datetime.date]], deadline: datetime.date | None) -> list[datetime.date]:
	"""Days of step 2 meetings after the deadline for step 2."""
	if deadline is None:
		return []
	return sorted(day for meeting_type, day in meetings if meeting_type == STEP_2 and day > deadline)


def item_times(minutes: Iterable[int], begins_at: str) -> list[str]:
	"""When each item of an agenda begins, from `begins_at` ("HH:MM"), followed by the end of the last one.

	Times past midnight are given as 23:59.
	"""
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
	"""The date of a month and day in a fiscal year; past the end of its month it is the last day. Raises NoSuchPlanDay."""
	if not (month and 1 <= month <= 12 and day and 1 <= day <= 31):
		raise NoSuchPlanDay(month, day)
	calendar_year = year if month >= 4 else year + 1
	return datetime.date(calendar_year, month, min(day, monthrange(calendar_year, month)[1]))
