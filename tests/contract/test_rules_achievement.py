"""Achievement of indicators: targets of zero, targets not to be exceeded, baselines that equal the target."""

import pytest

from kyodo_frappe.rules.achievement import Achievement, achievement


@pytest.mark.parametrize(
	("baseline", "target", "actual", "direction", "percent", "reached"),
	[
		(0, 1200, 1140, "Higher", 95.0, False),
		(0, 44, 44, "Higher", 100.0, True),
		(30, 50, 40, "Higher", 50.0, False),
		(30, 50, 20, "Higher", 0.0, False),
		(50, 40, 45, "Higher", 112.5, True),
		(0, 0, 0, "Higher", None, True),
		(0, 0, 3, "Higher", None, True),
		(0, 0, 0, "Lower", None, True),
		(12, 0, 3, "Lower", 75.0, False),
		(12, 0, 0, "Lower", 100.0, True),
		(0, 0, 3, "Lower", 0.0, False),
		(30, 10, 20, "Lower", 50.0, False),
		(0, 10, 8, "Lower", 125.0, True),
		(0, 10, 20, "Lower", 50.0, False),
		(0, 10, 0, "Lower", None, True),
		(None, 10, 5, None, 50.0, False),
	],
)
def test_achievement_measures_progress_from_baseline_to_target(baseline, target, actual, direction, percent, reached):
	assert achievement(baseline, target, actual, direction) == Achievement(percent, reached)


@pytest.mark.parametrize(("target", "actual"), [(None, 5), (5, None), (None, None)])
def test_missing_figures_achieve_nothing(target, actual):
	assert achievement(0, target, actual) == Achievement(None, False)
