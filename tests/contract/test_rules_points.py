"""Points per item in the scale that was marked (domain.md §7: a member's 3.4 of 5, not 68)."""

import pytest

from kyodo_frappe.rules.points import ItemPoints, per_item, signs, text
from kyodo_frappe.rules.scoring import score_sheet, summarise

CRITERIA = [
	{"code": "A", "question": "公益性", "scale": "Points", "max_points": 5, "weight": 2},
	{"code": "B", "question": "実現性", "scale": "Points", "max_points": 20, "weight": 1},
	{"code": "C", "question": "発展性", "scale": "OX", "weight": 1},
]


def sheets(*rows):
	marks = [[{"criterion": code, "mark": mark} for code, mark in zip("ABC", row, strict=True)] for row in rows]
	return summarise(score_sheet(CRITERIA, given) for given in marks)


def test_an_average_is_said_in_the_scale_of_its_item():
	summary = sheets(("3", "15", "○"), ("4", "12", "△"), ("3", "18", "○"), ("3.6", "11", "×"))
	found = per_item(CRITERIA, summary.per_criterion, {"C": ["○", "△", "○", "×"]})
	assert [(row.criterion, row.question) for row in found] == [("A", "公益性"), ("B", "実現性"), ("C", "発展性")]
	assert [text(row) for row in found] == ["3.4／5", "14／20", "○ 2　△ 1　× 1"]


def test_items_that_were_not_marked_are_left_out():
	assert per_item(CRITERIA, {}, {}) == []
	assert [row.criterion for row in per_item(CRITERIA, {"B": 50.0}, {})] == ["B"]


@pytest.mark.parametrize(
	("average", "said"), [(3.25, "3.3／5"), (3.35, "3.4／5"), (4, "4／5"), (0, "0／5"), (3.04, "3／5"), (10 / 3, "3.3／5")]
)
def test_half_is_rounded_up_to_one_place(average, said):
	assert text(ItemPoints("A", "", average, 5.0, "")) == said
	assert text({"average": average, "out_of": 5, "marks": ""}) == said


def test_signs_are_counted_in_every_spelling():
	assert signs(["○", "〇", "◯", "o", "△", "✕", "?"]) == "○ 4　△ 1　× 1"
	assert signs([]) == ""
