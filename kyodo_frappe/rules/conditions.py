"""Conditions with numbers that a call sets for organisations: members, years since the founding, place.

Source: domain.md §7 "Conditions with numbers" (5人以上, 設立から1年以上 on the day of handing in, 市内に所在). A bound of None or 0 is none.
"""

from __future__ import annotations

import datetime
import re

from .errors import RuleError
from .textkeys import compact_key


class NegativeBound(RuleError):
	"""A bound is below 0."""

	source = "“{0}” cannot be {1}: please enter 0 or more."


class BoundsContradict(RuleError):
	"""A lower bound is above the upper one."""

	source = "“{0}” ({1}) is above “{2}” ({3}): nobody could hand in. Please correct one of them."


def check_bounds(least: int | None, most: int | None, least_label: str, most_label: str) -> None:
	"""Raise NegativeBound, or BoundsContradict where nothing lies between two bounds."""
	for bound, label in ((least, least_label), (most, most_label)):
		if bound and bound < 0:
			raise NegativeBound(label, bound)
	if least and most and least > most:
		raise BoundsContradict(least_label, least, most_label, most)


def whole_years(since: datetime.date, day: datetime.date) -> int:
	"""The whole years from a day to another: on the anniversary a year is complete; a group of 29 February has its anniversary on 1 March."""
	return day.year - since.year - ((day.month, day.day) < (since.month, since.day))


def is_in(address: str | None, places: str | None) -> bool:
	"""Whether an address contains one of the places (names separated by 、 or commas) in any spelling; True without places."""
	names = [compact_key(name) for name in re.split(r"[、，,\n]", places or "") if name.strip()]
	return not names or any(name in compact_key(address) for name in names)
