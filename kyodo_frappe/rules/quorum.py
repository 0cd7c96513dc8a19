"""Quorum after recusals, the balance of the two sides, and presence at a moment.

Sources: domain.md §4 (quorum is more than half of the members *without* those who stepped aside), 鎌倉
2(1)② (both sides about equal), 2(2)3(2) (department heads join in step 2).

A member row is a dict or an object with "member" (a name or id; or "user", or "member_name"), "side" (Organisation, City,
Academic or Citizen), "present" (bool), "conflicted" (bool: recused from this item), "steps" (a list or comma-separated text
of the steps the member sits in; empty or "Both": all). Guests are not members.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .errors import RuleError
from .rows import first_value, get_value, option_key, split_names

SIDES = ("Organisation", "City", "Academic", "Citizen")
NAMES = ("member", "user", "member_name")
EVERY_STEP = "Both"
# rule: number of members required of n eligible ones
RULES = {
	"more_than_half": lambda n: n // 2 + 1,
	"half": lambda n: (n + 1) // 2,
	"two_thirds": lambda n: (2 * n + 2) // 3,
	"all": lambda n: n,
}
NO_MEMBERS = "the committee has no members"
EVERYONE_STEPPED_ASIDE = "everyone stepped aside"
TOO_FEW = "not enough members are present"
REASONS = (NO_MEMBERS, EVERYONE_STEPPED_ASIDE, TOO_FEW)


class UnknownQuorumRule(RuleError):
	"""A quorum rule is not one of RULES."""

	source = "“{0}” is not a quorum rule."


class UnknownSide(RuleError):
	"""A member's side is not one of SIDES."""

	source = "{0}: “{1}” is not a side of a committee."


class MemberTwice(RuleError):
	"""A member is listed twice."""

	source = "{0} is listed twice."


class BadTolerance(RuleError):
	"""A tolerance is not a whole number of members."""

	source = "“{0}” is not a number of members by which the sides may differ."


class NotATime(RuleError):
	"""A time of arrival or leaving cannot be read."""

	source = "“{0}” is not a time of day."


class LeftBeforeArriving(RuleError):
	"""A member left before arriving."""

	source = "{0} cannot leave before arriving."


@dataclass(frozen=True)
class Quorum:
	"""`needed`, `eligible`, `present`: numbers of members; `reason`: "" or one of REASONS."""

	needed: int
	eligible: int
	present: int
	met: bool
	reason: str


@dataclass(frozen=True)
class Balance:
	"""`city`, `organisation` (with Citizen), `others` (Academic), `difference`: numbers of members."""

	city: int
	organisation: int
	others: int
	difference: int
	met: bool


def quorum(rows: Iterable[Any], rule: str = "more_than_half", step: str | None = None) -> Quorum:
	"""Whether enough of the members who may take part in an item are present.

	Recused members count neither as eligible nor as present; with `step`, only members of that step count. `rule`: a key of
	RULES or its label ("More Than Half"). Without eligible members the quorum is not met. Raises UnknownQuorumRule,
	UnknownSide, MemberTwice.
	"""
	how_many = RULES.get(option_key(rule))
	if how_many is None:
		raise UnknownQuorumRule(rule)
	members = _members(rows, step)
	eligible = [row for row in members if not get_value(row, "conflicted")]
	present = sum(bool(get_value(row, "present")) for row in eligible)
	if not eligible:
		return Quorum(0, 0, 0, False, EVERYONE_STEPPED_ASIDE if members else NO_MEMBERS)
	needed = how_many(len(eligible))
	met = present >= needed
	return Quorum(needed, len(eligible), present, met, "" if met else TOO_FEW)


def balance(rows: Iterable[Any], tolerance: int = 1, step: str | None = None) -> Balance:
	"""Whether the two sides of a committee are about equal (鎌倉: ほぼ同数).

	City faces Organisation and Citizen, who both come from outside city hall; Academic is neutral. Met if the sides differ by at
	most `tolerance` members and neither is empty. Counts all rows, so pass only those present to judge a meeting. Raises
	BadTolerance, UnknownSide, MemberTwice.
	"""
	if isinstance(tolerance, bool) or not isinstance(tolerance, int) or tolerance < 0:
		raise BadTolerance(tolerance)
	sides = Counter(get_value(row, "side") for row in _members(rows, step))
	city, organisation = sides["City"], sides["Organisation"] + sides["Citizen"]
	difference = abs(city - organisation)
	met = difference <= tolerance and min(city, organisation) > 0
	return Balance(city, organisation, sides["Academic"], difference, met)


def present_at(attendance: Iterable[Any], at: datetime.datetime | datetime.time | str) -> list[str]:
	"""The members present at a moment, in the order of the list, each once.

	Rows: "member", "arrived", "left" (or "arrived_at", "left_at"), "present" (False: never came). Times are times, datetimes,
	timedeltas since midnight (as Frappe reads Time) or "13:05"; empty ones are the beginning and the end. A person who came back
	has two rows. The minute of arrival counts, that of leaving does not. Raises NotATime, LeftBeforeArriving.
	"""
	moment = _seconds(at)
	found: dict[str, None] = {}
	for row in attendance:
		member = first_value(row, *NAMES)
		arrived, left = (_seconds(first_value(row, name, f"{name}_at"), empty=True) for name in ("arrived", "left"))
		if arrived is not None and left is not None and left < arrived:
			raise LeftBeforeArriving(member)
		if not get_value(row, "present", True):
			continue
		if (arrived is None or arrived <= moment) and (left is None or moment < left):
			found[member] = None
	return list(found)


def _members(rows: Iterable[Any], step: str | None) -> list[Any]:
	seen, members = set(), []
	for row in rows:
		member, side, steps = first_value(row, *NAMES), get_value(row, "side"), split_names(get_value(row, "steps"))
		if side not in SIDES:
			raise UnknownSide(member, side)
		if member is not None:
			if member in seen:
				raise MemberTwice(member)
			seen.add(member)
		if step is None or not steps or step in steps or EVERY_STEP in steps:
			members.append(row)
	return members


def _seconds(value: Any, empty: bool = False) -> float | None:
	if empty and value is None:
		return None
	if isinstance(value, datetime.timedelta):
		return value.total_seconds()
	if isinstance(value, str):
		try:
			value = datetime.time.fromisoformat(value if value[1:2] != ":" else "0" + value)
		except ValueError:
			raise NotATime(value) from None
	if isinstance(value, (datetime.time, datetime.datetime)):
		return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
	raise NotATime(value)
