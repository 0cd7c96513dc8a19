"""達成度: how far an indicator came from its baseline towards its target.

Sources: 小平 3(2)③オ・ク (成果指標 with present value and target), 鎌倉 2(2)6(2) (results of the agreed evaluation items).
A target of zero (accidents, complaints) and one that equals the baseline are targets, too.
"""

from __future__ import annotations

from dataclasses import dataclass

LOWER = "Lower"


@dataclass(frozen=True)
class Achievement:
	"""percent: of the way to the target, never below 0; None where no percentage means anything. reached: the target is
	met."""

	percent: float | None
	reached: bool


def achievement(baseline: float | None, target: float | None, actual: float | None, direction: str | None = "Higher") -> Achievement:
	"""How an indicator turned out. direction "Higher": the target is to be reached; "Lower": not to be exceeded.

	The way is counted from the baseline where that lies on the other side of the target; else as the share of the
	target. No actual or no target: nothing is reached.
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
