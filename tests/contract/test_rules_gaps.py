"""Gaps between the two sides' evaluations: domain.md §4 "相互評価"."""

import itertools

import pytest

from kyodo_frappe.rules import gaps as g
from kyodo_frappe.rules.gaps import gaps, reason_required

# 小平 3(2)③: the eight principles ア–ク
PRINCIPLES = ["purpose", "autonomy", "understanding", "equality", "information", "roles", "methods", "openness"]


def marks(*values):
	return dict(zip(PRINCIPLES, values))


def test_gaps_are_sorted_by_size_then_by_item():
	found = gaps(marks(5, 4, 3, 5, 4, 2, 3, 4), marks(5, 3, 3, 2, 1, 5, 4, 2), PRINCIPLES)
	assert [(gap.item, gap.size) for gap in found] == [
		("equality", 3),
		("information", 3),
		("roles", 3),
		("openness", 2),
		("autonomy", 1),
		("methods", 1),
		("purpose", 0),
		("understanding", 0),
	]
	assert [gap.higher for gap in found] == ["City", "City", "Organisation", "City", "City", "Organisation", None, None]
	assert [gap.to_discuss for gap in found] == [True] * 4 + [False] * 4
	assert (found[2].city, found[2].organisation) == (2, 5)


def test_swapping_the_sides_changes_only_which_is_higher():
	for city, organisation in itertools.product(range(1, 6), repeat=2):
		(one,) = gaps({"a": city}, {"a": organisation}, ["a"])
		(other,) = gaps({"a": organisation}, {"a": city}, ["a"])
		assert one.size == other.size == max(city, organisation) - min(city, organisation)
		assert {one.higher, other.higher} in ({None}, {"City", "Organisation"})


def test_threshold_decides_what_to_discuss():
	city, organisation = marks(5, 4, 3), marks(4, 2, 3)
	talked = {limit: sum(gap.to_discuss for gap in gaps(city, organisation, PRINCIPLES[:3], threshold=limit)) for limit in (0, 1, 2, 3)}
	assert talked == {0: 2, 1: 2, 2: 1, 3: 0}  # no gap is nothing to talk about, even at 0


def test_marks_in_tenths_are_compared_exactly():
	(gap,) = gaps({"a": 3.3}, {"a": 3.0}, ["a"], threshold=0.3)
	assert gap.size == 0.3 and gap.to_discuss


def test_items_can_be_rows():
	assert gaps({"a": 1, "b": 2}, {"a": 1, "b": 4}, [{"item": "a"}, {"code": "b"}])[0].item == "b"


def test_missing_marks_are_refused():
	for missing in ({}, {"purpose": None}, {"purpose": ""}):
		with pytest.raises(g.MarkMissing) as refusal:
			gaps(missing, {"purpose": 3}, ["purpose"])
		assert refusal.value.args_ == ("purpose", "City")
		with pytest.raises(g.MarkMissing) as refusal:
			gaps({"purpose": 3}, missing, ["purpose"])
		assert refusal.value.args_ == ("purpose", "Organisation")
	# 0 is a mark
	assert gaps({"purpose": 0}, {"purpose": 3}, ["purpose"])[0].size == 3


def test_unknown_items_and_invalid_marks_are_refused():
	with pytest.raises(g.UnknownItem):
		gaps({"a": 1, "charm": 5}, {"a": 1}, ["a"])
	with pytest.raises(g.UnknownItem):
		gaps({"a": 1}, {"a": 1, "charm": 5}, ["a"])
	with pytest.raises(g.ItemTwice):
		gaps({"a": 1}, {"a": 1}, ["a", "a"])
	for mark in ("3", True, float("nan"), "○", [3]):
		with pytest.raises(g.NotAMark):
			gaps({"a": mark}, {"a": 1}, ["a"])


def test_low_mark_needs_a_reason():
	assert [mark for mark in range(6) if reason_required(mark)] == [0, 1, 2]
	assert [mark for mark in range(6) if reason_required(mark, low=3)] == [0, 1, 2, 3]
	assert reason_required(2.5) is False
	assert reason_required(None) is False
