"""What may be paid for a list of costs, and 精算: what is settled of a grant, stays unused, is refunded or still payable.

`payable` is the one computation from the first draft to the settlement. Sources: domain.md §4 "精算" (交付決定額 / 精算額 /
不用額; caps per 費目), §7 "What may be paid" (対象外, caps per person, night and piece, 補助率, 端数処理), "Calls" (上限額, 補助率 and
its rounding), "Proposal set" (収支予算書: 単価×数量, eligible or not). Money is whole yen, as int.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .errors import RuleError
from .rates import BadRate
from .rows import get_value


class NotWholeYen(RuleError):
	"""An amount is not in whole yen."""

	source = "“{0}” is not an amount in whole yen."


class NegativeAmount(RuleError):
	"""An amount is below 0."""

	source = "“{0}” is below zero."


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
	counted = _rounded(actual * _rate(rate), rounding)
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


# why something of a line is not recognised
UNTICKED = "unticked"
NOT_ELIGIBLE = "not_eligible"
FROM_PRICE = "from_price"
PER_UNIT = "per_unit"
CAPPED = "capped"


@dataclass(frozen=True)
class Cap:
	"""What is recognised of a category at most; None: no such limit.

	`amount`: yen; `share`: percent of the eligible cost; `per_unit`: yen for each `unit` (person, night, piece) of a line's
	quantity; `from_price`: the price of a piece from which on it is not eligible; `not_eligible`: nothing of it is.
	"""

	amount: int | None = None
	share: float | None = None
	per_unit: int | None = None
	unit: str = ""
	from_price: int | None = None
	not_eligible: bool = False


@dataclass(frozen=True)
class Cut:
	"""`yen` of a line that are not recognised; `code`: why; `values`: the limit (FROM_PRICE: price; PER_UNIT: yen, unit, quantity;
	CAPPED: yen of the category)."""

	code: str
	yen: int
	values: tuple = ()


@dataclass(frozen=True)
class RecognisedLine:
	"""A line of cost. `amount` and `recognised` in yen; `cuts` explain the difference."""

	category: str | None
	amount: int
	recognised: int
	cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True)
class Terms:
	"""What a call pays. `rate`: percent (3分の2: Fraction(200, 3)), None: all of the cost; `rounding`: the unit in yen that it is
	rounded down to; `ceiling`: yen, None: none."""

	rate: float | Fraction | None = None
	rounding: int = 1
	ceiling: int | None = None


@dataclass(frozen=True)
class Payable:
	"""What may be paid, in yen, in the order of the computation.

	`total`: the cost; `eligible`: recognised of it; `base`: less `deducted` income; `counted`: base × rate, rounded down; `amount`:
	at most the ceiling. `years`: of a term of several years the computation of each, (fiscal year, Payable); the sums are over all.
	"""

	lines: tuple[RecognisedLine, ...]
	total: int
	eligible: int
	deducted: int
	base: int
	counted: int
	amount: int
	terms: Terms
	years: tuple[tuple[int, Payable], ...] = ()

	@property
	def limit(self) -> int | None:
		"""The most that may be asked for and granted; None where nothing limits it.

		Without lines the cost is not known, so that only a rate (of nothing) or a ceiling limits it. Without rate and ceiling only what
		falls out of the cost does.
		"""
		if self.years:
			limits = [found.limit for _year, found in self.years]
			return None if None in limits else sum(limits)
		if not self.lines and self.terms.rate is None:
			return self.terms.ceiling
		free = self.terms.rate is None and self.terms.ceiling is None and self.base == self.total
		return None if free else self.amount


def payable(lines: Iterable[Any], caps: Mapping[str, Cap] | None = None, deducted: int = 0, terms: Terms = Terms()) -> Payable:
	"""The one computation of what may be paid for lines of cost (see `recognised_lines`).

	Eligible cost within the caps, less deducted income, × rate, rounded down, at most the ceiling. Raises NotWholeYen,
	NegativeAmount, BadRate, BadRounding, BadCeiling.
	"""
	found = tuple(recognised_lines(lines, caps))
	eligible, deducted = sum(line.recognised for line in found), _yen(deducted)
	base = max(0, eligible - deducted)
	counted = settle(base, base, terms.rate, terms.rounding).settled
	amount = settle(counted, counted, None, 1, terms.ceiling).settled
	return Payable(found, sum(line.amount for line in found), eligible, deducted, base, counted, amount, terms)


def over_years(years: Mapping[int, Payable]) -> Payable:
	"""One Payable for a term of several years, from that of each fiscal year in order."""
	found = tuple(years.items())
	sums = (sum(getattr(one, field) for _year, one in found) for field in ("total", "eligible", "deducted", "base", "counted", "amount"))
	return Payable(tuple(line for _year, one in found for line in one.lines), *sums, terms=Terms(), years=found)


def recognised_lines(lines: Iterable[Any], caps: Mapping[str, Cap] | None = None) -> list[RecognisedLine]:
	"""What is recognised of each line ({"category", "amount": yen, "quantity": 1 if not given, "eligible": yes}), in order.

	A share is of the whole eligible cost before any cap, rounded down to whole yen. An excess over a cap of the category is
	taken from its last lines. Raises NotWholeYen, NegativeAmount, BadRate.
	"""
	caps = caps or {}
	lines = [_eligible_line(line, caps.get(get_value(line, "category"), Cap())) for line in lines]
	limits = _limits(sum(line.amount for line, _unit_cut in lines if not line.cuts), caps)
	left, recognised = dict(limits), []
	for line, unit_cut in lines:
		cuts = line.cuts or unit_cut
		amount = line.amount - sum(cut.yen for cut in cuts)
		over = max(0, amount - left.get(line.category, amount))
		if line.category in left:
			left[line.category] -= amount - over
		if over:
			cuts = (*cuts, Cut(CAPPED, over, (limits[line.category],)))
		recognised.append(RecognisedLine(line.category, line.amount, amount - over, cuts))
	return recognised


def _eligible_line(line: Any, cap: Cap) -> tuple[RecognisedLine, tuple[Cut, ...]]:
	"""(the line, cut to nothing if it is not eligible; what a cap for each unit cuts)."""
	amount, quantity = _yen(get_value(line, "amount") or 0), _exact(get_value(line, "quantity") or 1)
	ticked = get_value(line, "eligible", True)
	without = None
	if ticked is not None and not ticked:
		without = Cut(UNTICKED, amount)
	elif cap.not_eligible:
		without = Cut(NOT_ELIGIBLE, amount)
	elif cap.from_price is not None and quantity and amount / quantity >= _yen(cap.from_price):
		without = Cut(FROM_PRICE, amount, (cap.from_price,))
	found = RecognisedLine(get_value(line, "category"), amount, 0 if without else amount, (without,) if without and amount else ())
	over = max(0, amount - int(_yen(cap.per_unit) * quantity)) if cap.per_unit is not None else 0
	return found, (Cut(PER_UNIT, over, (cap.per_unit, cap.unit, float(quantity))),) if over else ()


def _limits(eligible: int, caps: Mapping[str, Cap]) -> dict[str, int]:
	limits = {}
	for category, cap in caps.items():
		known = [_yen(cap.amount)] if cap.amount is not None else []
		if cap.share is not None:
			known.append(int(eligible * _rate(cap.share)))
		if known:
			limits[category] = min(known)
	return limits


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


def settle_project(found: Payable, granted: int | Mapping[int, int], paid: int = 0) -> ProjectSettlement:
	"""Settle a project: what may be paid for its actual cost, at most the grant, compared with the payments so far.

	`granted`: yen; {fiscal year: yen} for a Payable of several years, each of which is settled within its own grant.

	Payments may exceed the grant (if it was cut afterwards); everything beyond the settled amount is refunded. Raises NotWholeYen,
	NegativeAmount.
	"""
	by_year = {year: _yen(amount) for year, amount in granted.items()} if isinstance(granted, Mapping) else {}
	parts = [(by_year.get(year, 0), one.amount) for year, one in found.years] if by_year else [(_yen(granted), found.amount)]
	granted, paid = sum(most for most, _amount in parts), _yen(paid)
	settled = sum(min(part) for part in parts)
	return ProjectSettlement(found.base, found.counted, settled, granted - settled, max(0, paid - settled), max(0, settled - paid))


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


def _rounded(amount: Fraction, unit: int) -> int:
	return int(amount) // unit * unit


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
