"""Places of an event: who gets one, who waits, who moves up, and when one may register.

Source: issue 6 “Learning” (registration, capacity, waiting list); 002 (forums and courses), 004 (events of the centre).
"""

from __future__ import annotations

import datetime
from typing import TypeVar

from .era import era_date
from .errors import RuleError

PLACE, WAITING = "Registered", "On the Waiting List"
Row = TypeVar("Row")


class NotOpenYet(RuleError):
	source = "Registration opens on {0}."


class NoLongerOpen(RuleError):
	source = "Registration closed on {0}."


class AllPlacesTaken(RuleError):
	source = "All places are taken."


def check_period(today: datetime.date, opens: datetime.date | None, closes: datetime.date | None, held_on: datetime.date) -> None:
	"""Whether one may register today: from `opens` to `closes`, both included; without `closes` until the day itself.

	Raises NotOpenYet, NoLongerOpen.
	"""
	if opens and today < opens:
		raise NotOpenYet(era_date(opens))
	last = min(closes or held_on, held_on)
	if today > last:
		raise NoLongerOpen(era_date(last))


def place(capacity: int, taken: int, waiting: int, waiting_list: bool) -> str:
	"""PLACE or WAITING for the next one. `capacity` 0: no limit. Nobody overtakes those who wait.

	Raises AllPlacesTaken where there is no waiting list.
	"""
	if not capacity or (taken < capacity and not waiting):
		return PLACE
	if not waiting_list:
		raise AllPlacesTaken()
	return WAITING


def moving_up(capacity: int, taken: int, waiting: list[Row]) -> list[Row]:
	"""Those of the waiting list, first come first, for whom there is a place now."""
	return waiting[: max(capacity - taken, 0)] if capacity else list(waiting)


def places_left(capacity: int, taken: int) -> int | None:
	"""None: no limit."""
	return max(capacity - taken, 0) if capacity else None
