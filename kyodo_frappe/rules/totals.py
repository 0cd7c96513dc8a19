"""The result of an item as a city counts it: out of 100 or in its own points, with marks that the office enters as totals.

Source: domain.md §7 "Criteria" (points in the scale that was used); issue 15, point 5 (sums such as 121点; marks of a second round or of
the public entered as totals, counted as the programme says).

A further mark is a dict or row: "label", "out_of" (the highest points), "counts" ("Beside": it is only shown; "Added to the Points": its points are
added; "As a Share": it makes up "share" percent of the result), "points" (None: not entered yet).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from .errors import RuleError
from .rows import get_value
from .scoring import BadCriterion, BadPassMark, Score, Summary, check_pass_mark, item_points

OUT_OF_100, AVERAGE, SUM = "Out of 100", "Average Points", "Sum of Points"
BESIDE, ADDED, SHARE = "Beside", "Added to the Points", "As a Share"
PERCENT = 100


class PassMarkTooHigh(BadPassMark):
	"""A pass mark is above the highest result that is possible."""

	source = "A pass mark of {0} is not possible: the highest possible result is {1}."


class BadFurtherMark(RuleError):
	"""A further mark has no highest points, or a share that is not above 0 and at most 100."""

	source = "Further mark “{0}”: please enter the highest points, and a share from 1 to 100 % if it counts as a share."


class FurtherMarkTwice(RuleError):
	"""Two further marks have the same name."""

	source = "The further mark “{0}” is there twice."


class SharesTooHigh(RuleError):
	"""The shares of the further marks are more than the whole."""

	source = "The further marks make up {0} % of the result; at most 100 % are possible."


class WeightZero(BadCriterion):
	"""A criterion has the weight 0 where the points of a result are added up."""

	source = "Criterion {0}: with the weight 0 its points do not count. Please enter a weight above 0, or remove the criterion."


class FurtherMarkOutOfScale(RuleError):
	"""A further mark is below 0 or above its highest points."""

	source = "{0}: {1} points are not possible; the scale goes from 0 to {2}."


def check_further(rows: Iterable[Any]):
	"""Check the further marks that a city declares. Raises BadFurtherMark, FurtherMarkTwice, SharesTooHigh."""
	labels, shares = set(), Fraction(0)
	for row in rows:
		label, is_share = get_value(row, "label"), get_value(row, "counts") == SHARE
		share = _exact(get_value(row, "share")) if is_share else Fraction(0)
		if _exact(get_value(row, "out_of")) <= 0 or (is_share and not 0 < share <= PERCENT):
			raise BadFurtherMark(label)
		if label in labels:
			raise FurtherMarkTwice(label)
		labels.add(label)
		shares += share
	if shares > PERCENT:
		raise SharesTooHigh(f"{float(shares):g}")


def check_weights(criteria: Iterable[Any], counted_as: str | None):
	"""Raise WeightZero for a criterion that would not count although its points are said."""
	if counted_as in (AVERAGE, SUM):
		for code, most in item_points(criteria).items():
			if not most:
				raise WeightZero(code)


def check_entered(row: Any, points: float):
	"""Raise FurtherMarkOutOfScale for points that a further mark cannot have."""
	out_of = float(get_value(row, "out_of"))
	if not 0 <= points <= out_of:
		raise FurtherMarkOutOfScale(get_value(row, "label"), f"{points:g}", f"{out_of:g}")


def missing(further: Iterable[Any]) -> list[str]:
	"""The labels of the further marks that count and are not entered yet."""
	return [get_value(row, "label") for row in further if get_value(row, "counts") != BESIDE and get_value(row, "points") is None]


def score(summary: Summary, counted_as: str | None, further: Iterable[Any] = (), expects_sheets: bool = True) -> Score | None:
	"""The result of an item, None while sheets or further marks that count are missing.

	The sheets make their average out of 100, the average of their points, or the sum of them; then points are added; then shares are
	taken of the whole. Without sheets (`expects_sheets` False: a round whose marks are all entered as totals) only the rest counts.
	"""
	further = list(further)
	if missing(further) or (expects_sheets and not summary.count):
		return None
	points, out_of = _of_sheets(summary, counted_as)
	for row in further:
		if get_value(row, "counts") == ADDED:
			points, out_of = points + _exact(get_value(row, "points")), out_of + _exact(get_value(row, "out_of"))
	shares = [(_exact(get_value(row, "share")) / PERCENT, _part(row)) for row in further if get_value(row, "counts") == SHARE]
	taken = sum(share for share, _part_of in shares)
	of_shares = sum(share * part for share, part in shares)
	if out_of and taken:
		points = (1 - taken) * points + of_shares * out_of
	elif taken:
		points, out_of = PERCENT * of_shares / taken, Fraction(PERCENT)
	return Score(round(float(points), 6), float(out_of)) if out_of else None


def highest(criteria: Iterable[Any], counted_as: str | None, sheets: int, further: Iterable[Any] = ()) -> float | None:
	"""The highest result that is possible; None for a sum where the number of sheets is not known (0)."""
	added = sum(_exact(get_value(row, "out_of")) for row in further if get_value(row, "counts") == ADDED)
	if counted_as not in (AVERAGE, SUM):
		return float(PERCENT + added)
	of_sheet = sum(item_points(criteria).values())
	if counted_as == SUM:
		return float(added) + of_sheet * sheets if sheets else None
	return float(added) + of_sheet


def check_reachable(pass_mark: float | None, most: float | None):
	"""Raise BadPassMark for one below 0, PassMarkTooHigh for one above the highest possible result (None: not known)."""
	if (pass_mark or 0) < 0 or most == PERCENT:
		check_pass_mark(pass_mark)
	elif most is not None and (pass_mark or 0) > most:
		raise PassMarkTooHigh(f"{pass_mark:g}", f"{most:g}")


def sheets_in_scale(summary: Summary, counted_as: str | None) -> float:
	"""By what the average points of an item are multiplied so that they are of the same scale as the result: a sum has many sheets."""
	return float(summary.count - summary.left_out) if counted_as == SUM else 1.0


def _of_sheets(summary: Summary, counted_as: str | None) -> tuple[Fraction, Fraction]:
	if not summary.count:
		return Fraction(0), Fraction(0)
	if counted_as == SUM:
		return _exact(summary.points), _exact(summary.out_of)
	if counted_as == AVERAGE:
		sheets = summary.count - summary.left_out
		return _exact(summary.points) / sheets, _exact(summary.out_of) / sheets
	return Fraction(summary.average), Fraction(PERCENT)


def _part(row: Any) -> Fraction:
	return _exact(get_value(row, "points")) / _exact(get_value(row, "out_of"))


def _exact(value: Any) -> Fraction:
	"""An exact number, from its text: 0.1 is a tenth."""
	return Fraction(str(value or 0))
