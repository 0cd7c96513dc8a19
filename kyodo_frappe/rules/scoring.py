"""Marks, scores and votes.

Sources: 鎌倉 2(2)2(4)① (six questions, answered, with no numbers: ○△×); domain.md §4 "Scoring" (points
per item with weights to 100 and a pass mark of 50 as in 大府市; veto item; tie to the chair); §7 (whole points, highest and lowest
sheet left out, least average per item); issue 15, point 5 (the city's own scale: 1–5 has no 0; reasons per criterion).

A criterion is a dict or row: "code", "scale" ("OX": ○△×, or "Points": "least_points" to "max_points", in steps of "point_step"; both 0
if empty, a step of 0 allows any fraction), "weight" (positive numbers, of which only the proportion matters for a score out of 100; equal
if all are empty or 0; 0 among others: not counted), "veto" (bool), "least_average" (in its points, ○ = 1; 0 or empty: none),
"comment_below" (the same; a lower mark needs a comment). A mark: "criterion" (its code), "mark", "comment"; an empty mark is missing.
Scores are 0–100 on any scale; points are those of the scale, times the weight.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm
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


class PointsOutOfScale(MarkOutOfScale):
	"""Points are below the lowest or above the highest mark of a criterion."""

	source = "Criterion {0}: “{1}” is not a mark of its scale, which goes from {2} to {3}."


class PointsBetweenSteps(MarkOutOfScale):
	"""Points are between two marks of a criterion."""

	source = "Criterion {0}: “{1}” is not a mark of its scale, which goes from {2} to {3} in steps of {4}."


class BadScale(BadCriterion):
	"""The lowest mark of a scale is not below its highest, or the step does not lead from one to the other."""

	source = "Criterion {0}: a scale from {1} to {2} in steps of {3} is not possible. The steps have to lead from the lowest to the highest mark."


class CommentMissing(RuleError):
	"""A mark that needs a comment has none."""

	source = "Please give a comment on: {0}. It is needed for such marks."


class MarkNotWhole(RuleError):
	"""A mark is a fraction where only whole points are given."""

	source = "Criterion {0}: “{1}” is not a whole number. Only whole points are given here."


class BadPassMark(RuleError):
	"""A pass mark cannot be reached, or is below 0."""

	source = "A pass mark of {0} is not possible: scores are from 0 to 100."


class BadLeastAverage(RuleError):
	"""A least average is outside the scale of its criterion."""

	source = "Criterion {0}: a least average of {1} is outside its scale, 0 to {2}."


class BadCommentBound(RuleError):
	"""The mark below which a comment is needed is outside the scale of its criterion."""

	source = "Criterion {0}: “comment below {1}” is outside its scale, {2} to {3}."


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
	mark; `missing`, `vetoed`: criterion codes in order; `shares`: {code: 0–100}; `points`, `out_of`: of the marks given so far."""

	total: float
	complete: bool
	missing: list[str]
	vetoed: list[str]
	shares: dict[str, float] = field(default_factory=dict)
	points: float = 0.0
	out_of: float = 0.0


@dataclass(frozen=True)
class Score:
	"""The result of an item as its programme counts it: `points` of `out_of`."""

	points: float
	out_of: float

	@property
	def percent(self) -> float:
		"""0–100."""
		return round(100 * self.points / self.out_of, 6)


@dataclass(frozen=True)
class Summary:
	"""All sheets of an item. `average`, `lowest`, `highest`: 0–100, None without sheets; `spread`: population standard deviation;
	`per_criterion`: {code: average 0–100}; `vetoes`: {code: number of sheets}; `left_out`: number of sheets that only count for vetoes;
	`points`, `out_of`: sums over the sheets that are counted; `score`: as the programme counts it (rules/totals.py), None if unknown."""

	count: int
	average: float | None
	spread: float | None
	lowest: float | None
	highest: float | None
	per_criterion: dict[str, float]
	vetoes: dict[str, int]
	left_out: int = 0
	points: float = 0.0
	out_of: float = 0.0
	score: Score | None = None


def check_criteria(criteria: Iterable[Any]) -> None:
	"""Check what a city declares. Raises BadCriterion, BadScale, CriterionTwice, BadLeastAverage, BadCommentBound."""
	by_code = _by_code(criteria, "code")
	_weights(by_code)
	for code, criterion in by_code.items():
		most, least = _most(criterion), _number(get_value(criterion, "least_average") or 0)
		if most is None:
			raise BadCriterion(code)
		_check_scale(code, criterion)
		if least is None or not 0 <= least <= most:
			raise BadLeastAverage(code, get_value(criterion, "least_average"), f"{float(most):g}")
		bound = _number(get_value(criterion, "comment_below") or 0)
		if bound is None or (bound and not _lowest(criterion) < bound <= most):
			raise BadCommentBound(code, get_value(criterion, "comment_below"), f"{float(_lowest(criterion)):g}", f"{float(most):g}")


def _check_scale(code: str, criterion: Any):
	lowest, most, step = _lowest(criterion), _most(criterion), _step(criterion)
	possible = lowest is not None and step is not None and 0 <= lowest < most and step >= 0
	if not possible or (step and (most - lowest) % step):
		raise BadScale(code, *(f"{float(number):g}" if number is not None else "?" for number in (lowest, most, step)))


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


def check_comments(criteria: Iterable[Any], marks: Iterable[Any], always: bool = False) -> None:
	"""Raise CommentMissing for marks without the comment that they need: those below "comment_below", or `always` all."""
	marks = _by_code(marks, "criterion")
	bare = []
	for code, criterion in _by_code(criteria, "code").items():
		row = marks.get(code)
		if row is None or _is_empty(get_value(row, "mark")) or str(get_value(row, "comment") or "").strip():
			continue
		bound = _number(get_value(criterion, "comment_below") or 0) or 0
		if always or _share(criterion, get_value(row, "mark")) * _most(criterion) < bound:
			bare.append(get_value(criterion, "question") or code)
	if bare:
		raise CommentMissing("、".join(bare))


def score_sheet(criteria: Iterable[Any], marks: Iterable[Any]) -> SheetScore:
	"""One member's marks as a score of 0–100.

	○ = 1, △ = 0.5, × = 0 of the criterion's weight; points in proportion to their maximum. The lowest mark (×, or the least points)
	on a veto criterion is a veto. An incomplete sheet has the total of its marks. Raises BadCriterion, UnknownCriterion, CriterionTwice,
	MarkOutOfScale.
	"""
	return Scorer(criteria).score((get_value(row, "criterion"), get_value(row, "mark")) for row in marks)


@dataclass
class _Value:
	"""What a mark is worth. weighted: its share of the full mark times the weight, points: times the full mark, too, both in parts of the
	scorer's unit; percent: 0–100."""

	weighted: int
	points: int
	percent: float
	is_veto: bool


class Scorer:
	"""Scores sheets on the same criteria: these are read once, and so is each mark that occurs. Adds up exactly, in whole numbers."""

	def __init__(self, criteria: Iterable[Any]):
		"""Raises BadCriterion, CriterionTwice."""
		self._criteria = _by_code(criteria, "code")
		self.codes = frozenset(self._criteria)
		self._weights = _weights(self._criteria)
		self._unit = 1  # of which every value is a multiple: a part of 1
		self._values: dict[tuple[str, Any], _Value] = {}
		self._sums: dict[tuple[str, ...], tuple[Fraction, float]] = {}

	def score(self, marks: Iterable[tuple[str, Any]]) -> SheetScore:
		"""Score a sheet, (code, mark) each. Raises UnknownCriterion, CriterionTwice, MarkOutOfScale."""
		given = {}
		for code, mark in marks:
			if code in given:
				raise CriterionTwice(code)
			given[code] = mark
		if not self.codes >= given.keys():
			raise UnknownCriterion(next(code for code in given if code not in self.codes))
		values = {code: value for code in self._criteria if (value := self._value(code, given.get(code)))}
		weight, out_of = self._sum(tuple(values))
		weighted = sum([value.weighted for value in values.values()])
		return SheetScore(
			100 * weighted * weight.denominator / (self._unit * weight.numerator) if weight else 0.0,
			len(values) == len(self._criteria),
			[code for code in self._criteria if code not in values],
			[code for code, value in values.items() if value.is_veto],
			{code: value.percent for code, value in values.items()},
			sum([value.points for value in values.values()]) / self._unit,
			out_of,
		)

	def _value(self, code: str, mark: Any) -> _Value | None:
		"""What a mark is worth, None for an empty one; that of a text is kept."""
		kept = isinstance(mark, str)
		if kept and (found := self._values.get((code, mark))):
			return found
		if _is_empty(mark):
			return None
		criterion, weight = self._criteria[code], self._weights[code]
		share, most = _share(criterion, mark), _most(criterion)
		is_veto = bool(get_value(criterion, "veto")) and share <= (_lowest(criterion) or 0) / most
		weighted, points = weight * share, weight * most * share
		self._refine(weighted, points)
		return self._keep(code, mark, _Value(int(weighted * self._unit), int(points * self._unit), float(100 * share), is_veto))

	def _keep(self, code: str, mark: Any, value: _Value) -> _Value:
		self._values[code, mark if isinstance(mark, str) else object()] = value
		return value

	def _refine(self, *numbers: Fraction):
		"""Make the unit one of which these numbers are multiples, too."""
		finer = lcm(self._unit, *(number.denominator for number in numbers))
		for value in self._values.values():
			value.weighted, value.points = (number * (finer // self._unit) for number in (value.weighted, value.points))
		self._unit = finer

	def _sum(self, codes: tuple[str, ...]) -> tuple[Fraction, float]:
		"""(weight, highest points) of these criteria together"""
		if codes not in self._sums:
			weight = sum((self._weights[code] for code in codes), Fraction(0))
			out_of = sum((self._weights[code] * _most(self._criteria[code]) for code in codes), Fraction(0))
			self._sums[codes] = weight, float(out_of)
		return self._sums[codes]


def item_points(criteria: Iterable[Any]) -> dict[str, float]:
	"""{code: the most points that it can have}, with its weight."""
	criteria = _by_code(criteria, "code")
	weights = _weights(criteria)
	return {code: float(weights[code] * (_most(criterion) or 0)) for code, criterion in criteria.items()}


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
		round(sum(sheet.points for sheet in counted), 6),
		round(sum(sheet.out_of for sheet in counted), 6),
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


def passes(
	summary: Summary, pass_mark: float | None, vetoes_to_fail: int = 1, criteria: Iterable[Any] = (), reached: float | None = None
) -> bool | None:
	"""Whether an item passes: `reached`, or else the average, is the pass mark at least, no criterion has `vetoes_to_fail` vetoes, and
	each of `criteria` reaches its least average.

	None if the scores cannot tell: no sheets, or no pass mark and nothing that fails. A pass mark of 0, as Frappe stores an empty one, is
	none. The meeting decides; this is what its scores say.
	"""
	if not summary.count and reached is None:
		return None
	if any(count >= vetoes_to_fail for count in summary.vetoes.values()) or below_least(summary, criteria):
		return False
	if not pass_mark:
		return None
	# rounds off the error of floating-point division
	return round(summary.average if reached is None else reached, 6) >= pass_mark


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
	if points is None:
		raise MarkOutOfScale(code, mark)
	lowest, step = _lowest(criterion) or Fraction(0), _step(criterion) or Fraction(0)
	ends = (f"{float(lowest):g}", f"{float(most):g}")
	if not lowest <= points <= most:
		raise PointsOutOfScale(code, mark, *ends)
	if step and (points - lowest) % step:
		raise PointsBetweenSteps(code, mark, *ends, f"{float(step):g}")
	return points / most


def _most(criterion: Any) -> Fraction | None:
	"""The full mark: 1 for ○, the highest points; None where these are none above 0."""
	if get_value(criterion, "scale") == "OX":
		return Fraction(1)
	most = _number(get_value(criterion, "max_points"))
	return most if most and most > 0 else None


def _lowest(criterion: Any) -> Fraction | None:
	"""The lowest mark: 0 for ×, the least points; None where these are no number."""
	return Fraction(0) if get_value(criterion, "scale") == "OX" else _number(get_value(criterion, "least_points") or 0)


def _step(criterion: Any) -> Fraction | None:
	"""The distance of two marks, 0 where any fraction is one; None where it is no number."""
	return Fraction(0) if get_value(criterion, "scale") == "OX" else _number(get_value(criterion, "point_step") or 0)


def _number(value: Any) -> Fraction | None:
	"""An exact number from an int, a finite float, a Decimal or their text; None for anything else."""
	if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
		return None
	return _read(str(value))


@lru_cache(maxsize=4096)  # a committee's sheets have few different marks
def _read(text: str) -> Fraction | None:
	# from the text, so that 0.1 is a tenth; Fraction would accept "3/5", which is a mark with its maximum
	text = unicodedata.normalize("NFKC", text).strip()
	return Fraction(text) if _NUMBER.fullmatch(text) else None


def _is_empty(mark: Any) -> bool:
	return mark is None or (isinstance(mark, str) and not mark.strip())
