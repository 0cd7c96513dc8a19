"""The calls and events of a programme in a fiscal year.

Source: domain.md §4 (early calendar: consult by April, file in May; late calendar: call in August, agreement in April);
国立 2(3)ア (事業の提示), 小平 4(3)① (提案や応募を受け付ける).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from .calendar import next_open_day
from .era import as_fiscal_year
from .errors import RuleError
from .meeting_plan import day_in_year


class ClosesBeforeItOpens(RuleError):
	"""A call would close before it opens."""

	source = "The call “{0}” would close before it opens. Please correct its dates in the plan of the year."


@dataclass(frozen=True)
class PlannedCall:
	"""`closes`: an open day, rolled like a deadline; `row`: the row of the plan."""

	opens: datetime.date
	closes: datetime.date
	row: dict


@dataclass(frozen=True)
class PlannedEvent:
	"""`day`: as planned, even if city hall is closed; `row`: the row of the plan."""

	day: datetime.date
	row: dict


def call_plan(rows: Iterable[dict], fiscal_year: int, closures: Iterable[datetime.date] = ()) -> list[PlannedCall]:
	"""The calls of a fiscal year, by opening day.

	Rows: "call_name", "opens_month", "opens_day", "closes_month", "closes_day". Raises NotAFiscalYear, NoSuchPlanDay,
	ClosesBeforeItOpens.
	"""
	year = as_fiscal_year(fiscal_year)
	closed = list(closures)
	calls = []
	for row in rows:
		opens = day_in_year(year, row.get("opens_month"), row.get("opens_day") or 1)
		closes = day_in_year(_closing_year(row, year), row.get("closes_month"), row.get("closes_day") or 31)
		if closes < opens:  # as planned: the day before a weekend is not made right by the weekend
			raise ClosesBeforeItOpens(row["call_name"])
		calls.append(PlannedCall(opens, next_open_day(closes, closed), row))
	return sorted(calls, key=lambda call: (call.opens, call.closes))


def _closing_year(row: dict, year: int) -> int:
	"""The fiscal year of the closing day: the next one for a call that opens in January to March and closes from April on."""
	opens, closes = int(row.get("opens_month") or 0), int(row.get("closes_month") or 0)
	return year + 1 if 1 <= opens <= 3 and closes >= 4 else year


def event_plan(rows: Iterable[dict], fiscal_year: int) -> list[PlannedEvent]:
	"""The events of a fiscal year, by day. Rows: "month", "day".

	Events may take place on closed days, when citizens have time. Raises NotAFiscalYear, NoSuchPlanDay.
	"""
	year = as_fiscal_year(fiscal_year)
	events = [PlannedEvent(day_in_year(year, row.get("month"), row.get("day") or 1), row) for row in rows]
	return sorted(events, key=lambda event: event.day)
