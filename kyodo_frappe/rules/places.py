"""Places at an event: registration period, waiting list and moving up.

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
	"""Registration has not opened."""

	source = "Registration opens on {0}."


class NoLongerOpen(RuleError):
	"""Registration has closed."""

	source = "Registration closed on {0}."


class AllPlacesTaken(RuleError):
	"""The event is full and has no waiting list."""

	source = "All places are taken."


def check_registration_period(
	today: datetime.date, opens: datetime.date | None, closes: datetime.date | None, held_on: datetime.date
) -> None:
	"""Check that registration is open: from `opens` to `closes`, both included, or to the day of the event without `closes`.

	Raises NotOpenYet, NoLongerOpen.
	"""
	if opens and today < opens:
		raise NotOpenYet(era_date(opens))
	last = min(closes or held_on, held_on)
	if today > last:
		raise NoLongerOpen(era_date(last))


def place_or_waiting(capacity: int, taken: int, waiting: int, waiting_list: bool) -> str:
	"""PLACE or WAITING for the next registration. `capacity` 0: no limit. Nobody overtakes the waiting list.

	Raises AllPlacesTaken if there is no waiting list.
	"""
	if not capacity or (taken < capacity and not waiting):
		return PLACE
	if not waiting_list:
		raise AllPlacesTaken()
	return WAITING


def to_move_up(capacity: int, taken: int, waiting: list[Row]) -> list[Row]:
	"""The first rows of the waiting list for which there are places now."""
	return waiting[: max(capacity - taken, 0)] if capacity else list(waiting)


def places_left(capacity: int, taken: int) -> int | None:
	"""Number of free places; None without a limit."""
	return max(capacity - taken, 0) if capacity else None
