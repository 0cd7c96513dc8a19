"""精算: what is settled of a grant, what stays unused, and what is refunded or still payable.

Sources: domain.md §4 "精算" (交付決定額 / 精算額 / 不用額; caps per 費目), "Calls" (上限額, 補助率 and its
rounding), "Proposal set" (収支予算書: 単価×数量, eligible or not). Money is whole yen, as int.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .errors import RuleError
from .rows import get_value


class NotWholeYen(RuleError):
	"""An amount is not in whole yen."""

	source = "“{0}” is not an amount in whole yen."


class NegativeAmount(RuleError):
	"""An amount is below 0."""

	source = "“{0}” is below zero."


class BadRate(RuleError):
	"""A rate is not above 0 and up to 100 %."""

	source = "“{0}” is not a rate above 0 and up to 100 percent. Leave it empty where there is none."


class BadRounding(RuleError):
	"""A unit of rounding is not a whole number of yen from 1 on."""

	source = "“{0}” is not a unit to round down to; 1 means no rounding."


class BadCeiling(RuleError):
	"""A ceiling is not above 0 yen."""

	source = "“{0}” is not a ceiling above 0 yen. Leave it empty where there is none."


class AdvanceAboveGrant(RuleError):
	"""More was paid in advance than was granted."""

	source = "{0} yen were paid in advance, more than the {1} yen granted."


class LineDoesNotAdd(RuleError):
	"""The amount of a line is not unit price × quantity."""

	source = "The amount {0} is not unit price {1} × quantity {2}."


@dataclass(frozen=True)
class Settlement:
	"""In yen. `settled`: 精算額; `unused`: 不用額, granted − settled; `refund`: 返還額, paid beyond what is settled; `payable`: still to be
	paid. `refund` or `payable` is 0."""

	settled: int
	unused: int
	refund: int
	payable: int


@dataclass(frozen=True)
class Totals:
	"""In yen. `total` = `eligible` + `ineligible`; `over_caps`: {category: amount above its cap} (ineligible)."""

	total: int
	eligible: int
	ineligible: int
	over_caps: dict[str, int] = field(default_factory=dict)


def settle(
	granted: int,
	actual_eligible: int,
	rate: float | None = None,
	rounding: int = 1000,
	ceiling: int | None = None,
	advance_paid: int = 0,
) -> Settlement:
	"""Settle a grant against the actual eligible cost.

	The eligible cost × rate (percent; None: all of it), rounded *down* to `rounding` yen (1000: 千円未満切捨て; 1: no rounding), at
	most the grant and the ceiling of the call, neither of which is rounded. An unset rate or ceiling is None; 0 is refused.
	Raises NotWholeYen, NegativeAmount, BadRate, BadRounding, BadCeiling, AdvanceAboveGrant.
	"""
	granted, actual, advance = _yen(granted), _yen(actual_eligible), _yen(advance_paid)
	if advance > granted:
		raise AdvanceAboveGrant(advance, granted)
	if isinstance(rounding, bool) or not isinstance(rounding, int) or rounding < 1:
		raise BadRounding(rounding)
	if ceiling is not None and (isinstance(ceiling, bool) or not (_yen(ceiling))):
		raise BadCeiling(ceiling)
	counted = int(actual * _rate(rate)) // rounding * rounding
	settled = min(granted, counted, granted if ceiling is None else _yen(ceiling))
	return Settlement(settled, granted - settled, max(0, advance - settled), max(0, settled - advance))


def totals(lines: Iterable[Any], caps: Mapping[str, int] | None = None) -> Totals:
	"""Sums of income or expense lines.

	A line (dict or row): "amount", or "unit_price" × "quantity" (which must agree if both are filled; an amount of 0 is to be
	computed, a price or quantity of 0 is not filled), "eligible" (default: yes), "category" (費目). `caps`: {category: maximum
	eligible yen}; anything above is ineligible. Raises NotWholeYen (also for a product), NegativeAmount, LineDoesNotAdd.
	"""
	total, per_category = 0, defaultdict(int)
	for line in lines:
		amount = _line_amount(line)
		total += amount
		eligible = get_value(line, "eligible", True)
		if eligible is None or eligible:
			per_category[get_value(line, "category")] += amount
	over = {}
	for category, cap in (caps or {}).items():
		if per_category.get(category, 0) > _yen(cap):
			over[category] = per_category[category] - _yen(cap)
	eligible = sum(per_category.values()) - sum(over.values())
	return Totals(total, eligible, total - eligible, over)


@dataclass(frozen=True)
class Cap:
	"""The maximum recognised of a category: in yen, as a share (percent) of the eligible cost, or both; None: no cap."""

	amount: int | None = None
	share: float | None = None


@dataclass(frozen=True)
class ProjectSettlement:
	"""The settlement of a project in yen, in the order of the computation.

	`base`: eligible cost less deducted income. `counted`: base × rate, rounded down. `settled`: 精算額, the least of counted, grant
	and ceiling. `unused`: 不用額. `refund`: 返還額, paid beyond what is settled. `payable`: still to be paid. `refund` or `payable`
	is 0.
	"""

	base: int
	counted: int
	settled: int
	unused: int
	refund: int
	payable: int


def recognise(lines: Iterable[Any], caps: Mapping[str, Cap] | None = None) -> list[int]:
	"""What is recognised of each line ({"category", "amount": eligible yen}), in order.

	A share is of the whole eligible cost before any cap, rounded down to whole yen. An excess is taken from the last lines of a
	category. Raises NotWholeYen, NegativeAmount, BadRate.
	"""
	lines = [(get_value(line, "category"), _yen(get_value(line, "amount") or 0)) for line in lines]
	left = _limits(sum(amount for _category, amount in lines), caps or {})
	recognised = []
	for category, amount in lines:
		granted = min(amount, left.get(category, amount))
		if category in left:
			left[category] -= granted
		recognised.append(granted)
	return recognised


def _limits(eligible: int, caps: Mapping[str, Cap]) -> dict[str, int]:
	limits = {}
	for category, cap in caps.items():
		known = [_yen(cap.amount)] if cap.amount is not None else []
		if cap.share is not None:
			known.append(int(eligible * _rate(cap.share)))
		if known:
			limits[category] = min(known)
	return limits


def settle_project(
	granted: int,
	eligible: int,
	*,
	deducted: int = 0,
	rate: float | None = None,
	rounding: int = 1,
	ceiling: int | None = None,
	paid: int = 0,
) -> ProjectSettlement:
	"""Settle a project: `settle` on the eligible cost less deducted income, compared with the payments so far.

	Payments may exceed the grant (if it was cut afterwards); everything beyond the settled amount is refunded. Raises as
	`settle`.
	"""
	base = max(0, _yen(eligible) - _yen(deducted))
	result = settle(granted, base, rate, rounding, ceiling)
	counted = int(base * _rate(rate)) // rounding * rounding
	paid = _yen(paid)
	refund, payable = max(0, paid - result.settled), max(0, result.settled - paid)
	return ProjectSettlement(base, counted, result.settled, result.unused, refund, payable)


def balanced(income: Iterable[Any] | int, expense: Iterable[Any] | int) -> bool:
	"""Whether income equals expense; each is a list of lines (see `totals`) or a sum in yen."""
	return _sum(income) == _sum(expense)


def _sum(side: Iterable[Any] | int) -> int:
	return _yen(side) if isinstance(side, (int, float, Decimal)) else totals(side).total


def _line_amount(line: Any) -> int:
	amount, price, quantity = (get_value(line, name) for name in ("amount", "unit_price", "quantity"))
	if not price or not quantity:
		# a Frappe row with only an amount has unit price 0 and quantity 1
		return _yen(amount if amount not in (None, "") else 0)
	product = _exact(price) * _exact(quantity)
	if product.denominator != 1:
		raise NotWholeYen(f"{price} × {quantity}")
	product = _yen(int(product))
	if amount and _yen(amount) != product:
		raise LineDoesNotAdd(amount, price, quantity)
	return product


def _yen(value: Any) -> int:
	"""Whole yen ≥ 0 from an int, or from a whole float or Decimal (as Frappe reads Currency)."""
	exact = _exact(value)
	if exact.denominator != 1:
		raise NotWholeYen(value)
	if exact < 0:
		raise NegativeAmount(value)
	return int(exact)


def _exact(value: Any) -> Fraction:
	if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
		raise NotWholeYen(value)
	try:
		return Fraction(str(value))
	except ValueError:
		raise NotWholeYen(value) from None


def _rate(rate: Any) -> Fraction:
	if rate is None:
		return Fraction(1)
	if isinstance(rate, bool) or not isinstance(rate, (int, float, Decimal, Fraction)):
		raise BadRate(rate)
	try:
		percent = Fraction(str(rate))
	except ValueError:
		raise BadRate(rate) from None
	if not 0 < percent <= 100:
		raise BadRate(rate)
	return percent / 100
