"""Geometry of the pictures on public pages, and Atom documents: what is drawn and what is written is what was given."""

from itertools import pairwise

import pytest

from kyodo_frappe.web import pictures


def test_bar_ends_at_the_result_and_marks_target_and_baseline():
	rows = [{"indicator": "参加者", "unit": "人", "baseline": 10, "target": 40, "actual": 30, "direction": "Higher"}]
	(bar,) = pictures.bars(rows)
	assert (bar.start, bar.length, bar.target_at, bar.baseline_at) == (0, 75, 100, 25)
	assert (bar.percent, bar.reached) == (66.7, False)


def test_bar_without_result_or_with_nothing_but_zeros():
	plan, empty = pictures.bars([{"indicator": "回数", "target": 5}, {"indicator": "苦情", "target": 0, "actual": 0, "direction": "Lower"}])
	assert (plan.start, plan.length, plan.target_at, plan.baseline_at, plan.reached) == (None, None, 100, None, False)
	assert (empty.length, empty.target_at, empty.reached) == (0, 0, True)


def test_bar_of_a_loss_ends_left_of_zero():
	(bar,) = pictures.bars([{"indicator": "増減", "baseline": 0, "target": 5, "actual": -5, "direction": "Higher"}])
	assert (bar.start, bar.length, bar.target_at) == (0, 50, 100)


@pytest.mark.parametrize("amounts", [(100,), (1, 1, 1), (300000, 123456, 1, 76543)])
def test_parts_fill_the_bar_without_gaps(amounts):
	found = pictures.parts((str(number), amount) for number, amount in enumerate(amounts))
	assert sum(part.amount for part in found) == sum(amounts)
	assert sum(part.length for part in found) == pytest.approx(100, abs=0.03)
	for part, following in pairwise(found):
		assert part.start + part.length == pytest.approx(following.start, abs=0.02)


def test_parts_of_one_label_are_added_up_and_nothing_is_left_out():
	found = pictures.parts([("市", 100), ("団体", 50), ("市", 100), ("国", 0), ("県", None)])
	assert [(part.label, part.amount, part.percent, part.tone) for part in found] == [("市", 200, 80.0, 0), ("団体", 50, 20.0, 1)]
	assert pictures.parts([]) == [] and pictures.parts([("市", 0)]) == []


def test_marks_lie_between_the_ends_of_their_scale():
	assert [pictures.mark_at(mark, 5) for mark in (None, 0, 1, 3, 5)] == [None, None, 5, 50, 95]
	assert pictures.mark_at(1, 1) == 5
	assert pictures.marks(4, None, 4) == pictures.Marks(4, None, 95, None)


def test_share_stays_on_the_bar():
	assert [pictures.share(*pair) for pair in ((3.4, 5), (6, 5), (None, 5), (3, None), (3, 0))] == [68, 100, 0, 0, 0]
