"""Marks, scores and votes.

Sources: 鎌倉 2(2)2(4)① (six questions, answered, with no numbers: ○△×); domain.md §4 "Scoring" (points
per item with weights to 100 and a pass mark of 50 as in 大府市; veto item; tie to the chair); §7 (whole points, highest and lowest
sheet left out, least average per item).

A criterion is a dict or row: "code", "scale" ("OX": ○△×, or "Points": 0 to "max_points"), "weight" (positive numbers, of
which only the proportion matters; equal if all are empty or 0; 0 among others: not counted), "veto" (bool), "least_average" (in its
points, ○ = 1; 0 or empty: none). A mark: "criterion" (its code), "mark"; an empty mark is missing. Scores are 0–100 on any scale.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .errors import RuleError
from .rows import get_value

SCALES = ("OX", "Points")
# characters typed for the same marks
OX_MARKS = {
	**dict.fromkeys("○〇◯oO", Fraction(1)),
	**dict.fromkeys("△▲▵", Fraction(1, 2)),
	**dict.fromkeys("×✕✖╳xX", Fraction(0)),
}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?", re.IGNORECASE)


class BadCriterion(RuleError):
	"""A criterion lacks code or scale, or has a bad weight or maximum."""

	source = "Criterion {0} is not complete: check its code, scale, maximum and weight."


class UnknownCriterion(RuleError):
	"""A mark is for a criterion that does not exist."""

	source = "There is no criterion {0}."


class CriterionTwice(RuleError):
	"""A criterion or a mark for it occurs twice."""

	source = "Criterion {0} occurs twice."


class MarkOutOfScale(RuleError):
	"""A mark is not on the scale of its criterion."""

	source = "Criterion {0}: “{1}” is not a mark of its scale."


class MarkNotWhole(RuleError):
	"""A mark is a fraction where only whole points are given."""

	source = "Criterion {0}: “{1}” is not a whole number. Only whole points are given here."


class BadPassMark(RuleError):
	"""A pass mark cannot be reached, or is below 0."""

	source = "A pass mark of {0} is not possible: scores are from 0 to 100."


class BadLeastAverage(RuleError):
	"""A least average is outside the scale of its criterion."""

	source = "Criterion {0}: a least average of {1} is outside its scale, 0 to {2}."


class SheetIncomplete(RuleError):
	"""An incomplete sheet is to be summarised."""

	source = "A score sheet is not complete: {0} is missing."


class SheetsDiffer(RuleError):
	"""Sheets on different criteria are to be summarised."""

	source = "The score sheets do not answer the same criteria."


class BadVote(RuleError):
	"""Numbers of votes are negative, not whole, or both 0."""

	source = "“{0}” for and “{1}” against is not the result of a vote."


class TooManyVotes(RuleError):
	"""More votes are recorded than members took part."""

	source = "{0} votes are recorded, but {1} members took part. Please correct the votes or the attendance."


class ChairMustDecide(RuleError):
	"""A vote is tied and the chair has not decided."""

	source = "The votes are equal: the chair decides."


@dataclass(frozen=True)
class SheetScore:
	"""One member's sheet. `total`: 0–100 over the marks given so far, 0.0 without any; `complete`: whether every criterion has a
	mark; `missing`, `vetoed`: criterion codes in order; `shares`: {code: 0–100}."""

	total: float
	complete: bool
	missing: list[str]
	vetoed: list[str]
	shares: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Summary:
	"""All sheets of an item. `average`, `lowest`, `highest`: 0–100, None without sheets; `spread`: population standard deviation;
	`per_criterion`: {code: average 0–100}; `vetoes`: {code: number of sheets}; `left_out`: number of sheets that only count for vetoes."""

	count: int
	average: float | None
	spread: float | None
	lowest: float | None
	highest: float | None
	per_criterion: dict[str, float]
	vetoes: dict[str, int]
	left_out: int = 0


def check_criteria(criteria: Iterable[Any]) -> None:
	"""Check what a city declares. Raises BadCriterion, CriterionTwice, BadLeastAverage."""
	by_code = _by_code(criteria, "code")
	_weights(by_code)
	for code, criterion in by_code.items():
		most, least = _most(criterion), _number(get_value(criterion, "least_average") or 0)
		if most is None:
			raise BadCriterion(code)
		if least is None or not 0 <= least <= most:
			raise BadLeastAverage(code, get_value(criterion, "least_average"), f"{float(most):g}")


def check_pass_mark(pass_mark: float | None) -> None:
	"""Raise BadPassMark for one that is not 0 (none) to 100."""
	if not 0 <= (pass_mark or 0) <= 100:
		raise BadPassMark(f"{pass_mark:g}")


def check_whole(criteria: Iterable[Any], marks: Iterable[Any]) -> None:
	"""Raise MarkNotWhole for a mark in points that is a fraction."""
	in_points = {get_value(row, "code") for row in criteria if get_value(row, "scale") == "Points"}
	for row in marks:
		code, mark = get_value(row, "criterion"), get_value(row, "mark")
		if code in in_points and not _is_empty(mark) and (points := _number(mark)) is not None and points.denominator != 1:
			raise MarkNotWhole(code, mark)


def score_sheet(criteria: Iterable[Any], marks: Iterable[Any]) -> SheetScore:
	"""One member's marks as a score of 0–100.

	○ = 1, △ = 0.5, × = 0 of the criterion's weight; points in proportion to their maximum. The lowest mark (× or 0) on a veto
	criterion is a veto. An incomplete sheet has the total of its marks. Raises BadCriterion, UnknownCriterion, CriterionTwice,
	MarkOutOfScale.
	"""
	criteria = _by_code(criteria, "code")
	weights = _weights(criteria)
	shares = _shares(criteria, _by_code(marks, "criterion"))
	missing = [code for code in criteria if code not in shares]
	vetoed = [code for code, share in shares.items() if not share and get_value(criteria[code], "veto")]
	weight = sum(weights[code] for code in shares)
	total = 100 * sum(weights[code] * share for code, share in shares.items()) / weight if weight else 0
	return SheetScore(float(total), not missing, missing, vetoed, {code: float(100 * share) for code, share in shares.items()})


def _shares(criteria: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
	"""{code: 0–1} of the criteria that are marked."""
	for code in given:
		if code not in criteria:
			raise UnknownCriterion(code)
	marks = {code: get_value(given.get(code), "mark") for code in criteria}
	return {code: _share(criteria[code], mark) for code, mark in marks.items() if not _is_empty(mark)}


def summarise(sheets: Iterable[SheetScore], leave_out_extremes: bool = False) -> Summary:
	"""Summary of all members' sheets of an item, which have to be complete and on the same criteria.

	Without sheets, `count` is 0 and the figures are None. `leave_out_extremes`: from three sheets on, one with the highest and one with the
	lowest total count for vetoes only. Raises SheetIncomplete, SheetsDiffer.
	"""
	sheets = list(sheets)
	for sheet in sheets:
		if not sheet.complete:
			raise SheetIncomplete(", ".join(sheet.missing))
		if sheet.shares.keys() != sheets[0].shares.keys():
			raise SheetsDiffer()
	if not sheets:
		return Summary(0, None, None, None, None, {}, {})
	codes = list(sheets[0].shares)
	vetoes = {code: sum(code in sheet.vetoed for sheet in sheets) for code in codes}
	counted = sorted(sheets, key=lambda sheet: sheet.total)[1:-1] if leave_out_extremes and len(sheets) > 2 else sheets
	totals = [sheet.total for sheet in counted]
	return Summary(
		len(sheets),
		statistics.fmean(totals),
		statistics.pstdev(totals),
		min(totals),
		max(totals),
		{code: statistics.fmean(sheet.shares[code] for sheet in counted) for code in codes},
		{code: count for code, count in vetoes.items() if count},
		len(sheets) - len(counted),
	)


def below_least(summary: Summary, criteria: Iterable[Any]) -> dict[str, tuple[float, float]]:
	"""{code: (average, least average)} of the criteria whose average is below the least one, in their own points (○ = 1).

	Raises BadCriterion.
	"""
	found = {}
	for code, criterion in _by_code(criteria, "code").items():
		least, share = float(get_value(criterion, "least_average") or 0), summary.per_criterion.get(code)
		if not least or share is None:
			continue
		if (most := _most(criterion)) is None:
			raise BadCriterion(code)
		average = round(share * float(most) / 100, 6)  # rounds off the error of floating-point division
		if average < least:
			found[code] = (average, least)
	return found


def passes(summary: Summary, pass_mark: float | None, vetoes_to_fail: int = 1, criteria: Iterable[Any] = ()) -> bool | None:
	"""Whether an item passes: the average reaches the pass mark (0–100), no criterion has `vetoes_to_fail` vetoes, and each of `criteria`
	reaches its least average.

	None if the scores cannot tell: no sheets, or no pass mark and nothing that fails. A pass mark of 0, as Frappe stores an empty one, is
	none. The meeting decides; this is what its scores say.
	"""
	if not summary.count:
		return None
	if any(count >= vetoes_to_fail for count in summary.vetoes.values()) or below_least(summary, criteria):
		return False
	if not pass_mark:
		return None
	# rounds off the error of floating-point division
	return round(summary.average, 6) >= pass_mark


def decide_vote(for_: int, against: int, chair: bool | None = None) -> bool:
	"""The majority of votes; a tie is decided by the chair, whose vote is not among the others.

	Raises BadVote, ChairMustDecide (a tie, and `chair` is None).
	"""
	for count in (for_, against):
		if isinstance(count, bool) or not isinstance(count, int) or count < 0:
			raise BadVote(for_, against)
	if not for_ + against:
		raise BadVote(for_, against)
	if for_ != against:
		return for_ > against
	if chair is None:
		raise ChairMustDecide()
	return bool(chair)


def check_votes(cast: int, able: int) -> None:
	"""Raise TooManyVotes if more votes are cast than members may vote."""
	if cast > able:
		raise TooManyVotes(cast, able)


def _by_code(rows: Iterable[Any], name: str) -> dict[str, Any]:
	found = {}
	for row in rows:
		code = get_value(row, name)
		if code in found:
			raise CriterionTwice(code)
		found[code] = row
	return found


def _weights(criteria: dict[str, Any]) -> dict[str, Fraction]:
	for code, criterion in criteria.items():
		if not code or get_value(criterion, "scale") not in SCALES:
			raise BadCriterion(code)
	given = {code: get_value(criterion, "weight") for code, criterion in criteria.items()}
	if not any(given.values()):
		return dict.fromkeys(criteria, Fraction(1))
	weights = {}
	for code, weight in given.items():
		weights[code] = _number(1 if weight is None else weight)
		if weights[code] is None or weights[code] < 0:
			raise BadCriterion(code)
	return weights


def _share(criterion: Any, mark: Any) -> Fraction:
	"""The mark as a part of the full mark, 0–1."""
	code = get_value(criterion, "code")
	if get_value(criterion, "scale") == "OX":
		share = OX_MARKS.get(mark.strip()) if isinstance(mark, str) else None
		if share is None and isinstance(mark, str):
			share = OX_MARKS.get(unicodedata.normalize("NFKC", mark).strip())
		if share is None:
			raise MarkOutOfScale(code, mark)
		return share
	most, points = _most(criterion), _number(mark)
	if most is None:
		raise BadCriterion(code)
	if points is None or not 0 <= points <= most:
		raise MarkOutOfScale(code, mark)
	return points / most


def _most(criterion: Any) -> Fraction | None:
	"""The full mark: 1 for ○, the highest points; None where these are none above 0."""
	if get_value(criterion, "scale") == "OX":
		return Fraction(1)
	most = _number(get_value(criterion, "max_points"))
	return most if most and most > 0 else None


def _number(value: Any) -> Fraction | None:
	"""An exact number from an int, a finite float, a Decimal or their text; None for anything else."""
	if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
		return None
	# from the text, so that 0.1 is a tenth; Fraction would accept "3/5", which is a mark with its maximum
	text = unicodedata.normalize("NFKC", str(value)).strip()
	return Fraction(text) if _NUMBER.fullmatch(text) else None


def _is_empty(mark: Any) -> bool:
	return mark is None or (isinstance(mark, str) and not mark.strip())
