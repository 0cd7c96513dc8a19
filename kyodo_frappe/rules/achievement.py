"""達成度: how far an indicator has come from its baseline towards its target.

Sources: 小平 3(2)③オ・ク (成果指標 with present value and target), 鎌倉 2(2)6(2) (results of the agreed evaluation items).
A target can be zero (accidents, complaints) or equal to the baseline.
"""

from __future__ import annotations

from dataclasses import dataclass

LOWER = "Lower"


@dataclass(frozen=True)
class Achievement:
	"""`percent`: how far, at least 0, or None where a percentage has no meaning; `reached`: whether the target is met."""

	percent: float | None
	reached: bool


def achievement(baseline: float | None, target: float | None, actual: float | None, direction: str | None = "Higher") -> Achievement:
	"""The achievement of an indicator, whose target is to be reached (`direction` Higher) or not to be exceeded (Lower).

	Measured from the baseline if that lies on the other side of the target, otherwise as a share of the target. Without an actual
	value or a target, nothing is reached.
	"""
	if actual is None or target is None:
		return Achievement(None, False)
	reached = actual <= target if direction == LOWER else actual >= target
	return Achievement(_percent(baseline or 0, target, actual, direction == LOWER), reached)


def _percent(baseline: float, target: float, actual: float, lower: bool) -> float | None:
	way = baseline - target if lower else target - baseline
	gone = baseline - actual if lower else actual - baseline
	if way <= 0:
		way, gone = (actual, target) if lower else (target, actual)
	if way <= 0:
		return None
	return round(max(0.0, gone / way * 100), 1)
