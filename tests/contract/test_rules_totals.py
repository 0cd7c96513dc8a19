"""Results as a city counts them: sums such as 121点, marks entered as totals (domain.md §7, issue 15 point 5)."""

import pytest

from kyodo_frappe.rules import points, totals
from kyodo_frappe.rules.scoring import BadPassMark, Score, passes, score_sheet, summarise
from kyodo_frappe.rules.totals import AVERAGE, OUT_OF_100, SUM

# six members, five criteria of 1 to 5: 150 points at most
CRITERIA = [{"code": code, "question": code, "scale": "Points", "least_points": 1, "max_points": 5, "point_step": 1} for code in "abcde"]
MARKS = ("44444", "44444", "44444", "44444", "44445", "44444")
VOTE = {"label": "市民投票", "out_of": 50, "counts": "Added to the Points", "points": 32}


def summary(*sheets: str, criteria=CRITERIA, **more):
	read = lambda marks: [{"criterion": row["code"], "mark": mark} for row, mark in zip(criteria, marks, strict=True)]
	return summarise([score_sheet(criteria, read(marks)) for marks in sheets], **more)


def test_the_points_of_all_members_are_added_up():
	six = summary(*MARKS)
	assert totals.score(six, SUM) == Score(121, 150)
	assert totals.score(six, AVERAGE) == Score(20.166667, 25)
	assert totals.score(six, OUT_OF_100) == totals.score(six, None) == Score(80.666667, 100)
	assert totals.score(summary("11111", *MARKS, "55555", leave_out_extremes=True), SUM) == Score(121, 150)
	assert points.of(121.0, 150.0) == "121／150"


def test_the_items_add_up_to_the_result():
	weighted = [{**CRITERIA[0], "weight": 4}, *({**row, "weight": 1} for row in CRITERIA[1:])]
	six = summary(*MARKS, criteria=weighted)
	for counted_as in (SUM, AVERAGE):
		rows = points.per_item(weighted, six.per_criterion, {}, points.most_points(weighted, six, counted_as))
		found = totals.score(six, counted_as)
		assert sum(row.average for row in rows) == pytest.approx(found.points)
		assert sum(row.out_of for row in rows) == pytest.approx(found.out_of)
	rows = points.per_item(CRITERIA, summary(*MARKS).per_criterion, {}, points.most_points(CRITERIA, summary(*MARKS), SUM))
	assert [points.text(row) for row in rows] == ["24／30"] * 4 + ["25／30"]
	rows = points.per_item(weighted, six.per_criterion, {}, points.most_points(weighted, six, OUT_OF_100))
	assert points.text(rows[0]) == "4／5"


def test_marks_entered_as_totals_are_added_shared_or_beside():
	six = summary(*MARKS)
	assert totals.score(six, SUM, [VOTE]) == Score(153, 200)
	assert totals.score(six, SUM, [{**VOTE, "counts": "Beside"}]) == Score(121, 150)
	assert totals.score(six, SUM, [{**VOTE, "counts": "As a Share", "share": 20}]) == Score(116, 150)
	assert totals.score(six, OUT_OF_100, [VOTE]).out_of == 150


def test_what_counts_and_is_not_entered_leaves_the_result_open():
	open_vote = {**VOTE, "points": None}
	assert totals.score(summary(*MARKS), SUM, [open_vote]) is None and totals.missing([open_vote]) == ["市民投票"]
	beside = {**open_vote, "counts": "Beside"}
	assert totals.score(summary(*MARKS), SUM, [beside]) == Score(121, 150) and totals.missing([beside]) == []
	assert totals.score(summary(), SUM, [VOTE]) is None
	assert totals.score(summary(*MARKS), SUM, [{**VOTE, "points": 0}]) == Score(121, 200)


def test_a_round_without_sheets_is_its_totals():
	second = {"label": "二次審査", "out_of": 150, "counts": "Added to the Points", "points": 121}
	assert totals.score(summary(), SUM, [second], expects_sheets=False) == Score(121, 150)
	assert totals.score(summary(), SUM, [], expects_sheets=False) is None
	shares = [{**second, "counts": "As a Share", "share": 60}, {**VOTE, "counts": "As a Share", "share": 20, "points": 25}]
	assert totals.score(summary(), None, shares, expects_sheets=False) == Score(73.0, 100)
	assert passes(summary(), 100, reached=121) is True and passes(summary(), 122, reached=121) is False
	assert passes(summary(), 100) is None


@pytest.mark.parametrize(
	("rows", "error", "word"),
	[
		([{**VOTE, "out_of": 0}], totals.BadFurtherMark, "市民投票"),
		([{**VOTE, "counts": "As a Share"}], totals.BadFurtherMark, "市民投票"),
		([{**VOTE, "counts": "As a Share", "share": 101}], totals.BadFurtherMark, "市民投票"),
		([VOTE, VOTE], totals.FurtherMarkTwice, "市民投票"),
		(
			[{**VOTE, "counts": "As a Share", "share": 60}, {**VOTE, "label": "二次", "counts": "As a Share", "share": 50}],
			totals.SharesTooHigh,
			"110",
		),
	],
)
def test_further_marks_that_cannot_be_counted_are_refused(rows, error, word):
	totals.check_further([VOTE, {**VOTE, "label": "二次", "counts": "As a Share", "share": 50}])
	with pytest.raises(error, match=word):
		totals.check_further(rows)


def test_a_total_is_within_its_scale():
	for good in (0, 50, 32.5):
		totals.check_entered(VOTE, good)
	for bad in (-1, 50.5, 200):
		with pytest.raises(totals.FurtherMarkOutOfScale, match=f"市民投票.*{bad:g}.*50"):
			totals.check_entered(VOTE, bad)


def test_a_pass_mark_can_be_reached():
	assert totals.highest(CRITERIA, SUM, 6) == 150 and totals.highest(CRITERIA, SUM, 6, [VOTE]) == 200
	assert totals.highest(CRITERIA, AVERAGE, 6) == 25 and totals.highest(CRITERIA, SUM, 0) is None
	assert totals.highest(CRITERIA, OUT_OF_100, 6) == 100 and totals.highest(CRITERIA, "", 6, [VOTE]) == 150
	for good, most in ((150, 150), (90, None), (0, 25), (None, 25), (100, 100)):
		totals.check_reachable(good, most)
	for bad, most in ((151, 150), (26, 25)):
		with pytest.raises(totals.PassMarkTooHigh, match=f"{bad}.*{most}"):
			totals.check_reachable(bad, most)
	for bad, most in ((-1, None), (101, 100)):
		with pytest.raises(BadPassMark, match=str(bad)):
			totals.check_reachable(bad, most)
