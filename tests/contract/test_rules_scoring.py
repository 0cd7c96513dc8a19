"""Marks, scores, votes: 鎌倉 2(2)2(4)① (six questions, ○△×); domain.md §4 "Scoring" (大府市: 0–5, 50 to pass)."""

import itertools
import statistics

import pytest

from kyodo_frappe.rules import scoring as s
from kyodo_frappe.rules.scoring import decide_vote, passes, score_sheet, summarise

KAMAKURA = [{"code": code, "scale": "OX"} for code in ("public", "new", "lasting", "synergy", "citizens", "clear")]
OBU = [
	{"code": "need", "scale": "Points", "max_points": 5, "weight": 30},
	{"code": "plan", "scale": "Points", "max_points": 5, "weight": 30},
	{"code": "effect", "scale": "Points", "max_points": 5, "weight": 20},
	{"code": "budget", "scale": "Points", "max_points": 5, "weight": 20, "veto": 1},
]


def sheet(criteria, *marks):
	return score_sheet(criteria, [{"criterion": c["code"], "mark": m} for c, m in zip(criteria, marks)])


def test_one_scorer_reads_many_sheets():
	"""Marks with ever finer parts do not change what earlier sheets were worth."""
	criteria = [{**row, "weight": weight} for row, weight in zip(OBU, (30, 0.3, "20", 7))]
	sheets = [("5", "4", "3", "0"), ("2.5", "1", "0.1", "5"), (1, 2.25, "", "3.75"), ("５", "4", "3", "0"), (None, None, None, None)]
	scorer = s.Scorer(criteria)
	pairs = [[(row["code"], mark) for row, mark in zip(criteria, marks)] for marks in sheets]
	found = [scorer.score(marks) for marks in pairs]
	assert found == [sheet(criteria, *marks) for marks in sheets] == [scorer.score(marks) for marks in pairs]
	for marks, one in zip(sheets, found):
		given = [(float(mark), float(row["weight"])) for row, mark in zip(criteria, marks) if mark not in (None, "")]
		weight = sum(weight for _mark, weight in given)
		assert one.points == pytest.approx(sum(mark * weight for mark, weight in given))
		assert one.total == (pytest.approx(100 * one.points / (5 * weight)) if weight else 0)
	assert [one.complete for one in found] == [True, True, False, True, False] and found[0].vetoed == ["budget"]


def test_six_questions_of_kamakura_are_scored():
	assert sheet(KAMAKURA, *"○○○○○○").total == 100
	assert sheet(KAMAKURA, *"××××××").total == 0
	assert sheet(KAMAKURA, *"○○○△△×").total == pytest.approx(100 * 4 / 6)
	assert sheet(KAMAKURA, *"△△△△△△").total == 50


def test_score_is_the_share_of_circles():
	worth = {"○": 2, "△": 1, "×": 0}
	for answers in itertools.product("○△×", repeat=6):
		score = sheet(KAMAKURA, *answers)
		assert score.complete and not score.missing
		assert score.total == pytest.approx(100 * sum(worth[mark] for mark in answers) / 12)


@pytest.mark.parametrize(
	("typed", "share"), [("〇", 100), ("◯", 100), ("O", 100), ("ｏ", 100), (" ○ ", 100), ("▲", 50), ("✕", 0), ("x", 0), ("Ｘ", 0)]
)
def test_marks_are_read_as_typed(typed, share):
	assert sheet(KAMAKURA[:1], typed).shares == {"public": share}


def test_points_are_weighted():
	assert sheet(OBU, 5, 5, 5, 5).total == 100
	assert sheet(OBU, 3, 4, 2, 5).total == pytest.approx(30 * 3 / 5 + 30 * 4 / 5 + 20 * 2 / 5 + 20)
	assert sheet(OBU, "3", "４", 2.0, 5).total == sheet(OBU, 3, 4, 2, 5).total
	assert sheet(OBU, 2.5, 2.5, 2.5, 2.5).total == 50


def test_only_proportions_of_weights_matter():
	scaled = [{**criterion, "weight": criterion["weight"] / 10} for criterion in OBU]
	for marks in itertools.product((0, 2, 5), repeat=4):
		assert sheet(scaled, *marks).total == pytest.approx(sheet(OBU, *marks).total)


def test_empty_weights_are_equal_and_zero_among_others_is_not_counted():
	for empty in (None, 0, 0.0):
		unweighted = [{**criterion, "weight": empty} for criterion in OBU]
		assert sheet(unweighted, 5, 0, 0, 5).total == 50
	asked = [{**OBU[0], "weight": 0}, *OBU[1:]]
	assert sheet(asked, 0, 5, 5, 5).total == sheet(asked, 5, 5, 5, 5).total == 100
	assert sheet(asked, None, 5, 5, 5).missing == ["need"]


def test_incomplete_sheet_has_the_total_of_its_marks():
	score = sheet(KAMAKURA, "○", "", None, "×")
	assert not score.complete
	assert score.missing == ["new", "lasting", "citizens", "clear"]
	assert score.total == 50
	assert score_sheet(KAMAKURA, []).total == 0
	assert score_sheet(KAMAKURA, []).missing == [criterion["code"] for criterion in KAMAKURA]


def test_zero_is_a_mark():
	score = sheet(OBU, 0, 0, 0, 0)
	assert score.complete and score.total == 0


def test_only_the_lowest_mark_on_a_veto_criterion_is_a_veto():
	assert sheet(OBU, 5, 5, 5, 0).vetoed == ["budget"]
	assert sheet(OBU, 5, 5, 5, 1).vetoed == []
	assert sheet(OBU, 0, 0, 0, 5).vetoed == []
	circles = [{**KAMAKURA[0], "veto": True}, *KAMAKURA[1:]]
	assert sheet(circles, *"×○○○○○").vetoed == ["public"]
	assert sheet(circles, *"△×××××").vetoed == []


@pytest.mark.parametrize("mark", ["◎", "0", "1", "?", "○○", 1, True, 0, "A"])
def test_marks_outside_the_ox_scale_are_refused(mark):
	with pytest.raises(s.MarkOutOfScale):
		sheet(KAMAKURA[:1], mark)


@pytest.mark.parametrize("mark", [-1, 5.01, 6, "○", "five", float("nan"), float("inf"), True, "nan", [], "3/5", "1_0"])
def test_marks_outside_the_point_scale_are_refused(mark):
	with pytest.raises(s.MarkOutOfScale) as refusal:
		sheet(OBU[:1], mark)
	assert refusal.value.args_[0] == "need"


def test_unknown_and_duplicate_marks_are_refused():
	with pytest.raises(s.UnknownCriterion):
		score_sheet(KAMAKURA, [{"criterion": "charm", "mark": "○"}])
	with pytest.raises(s.CriterionTwice):
		score_sheet(KAMAKURA, [{"criterion": "new", "mark": "○"}, {"criterion": "new", "mark": "×"}])
	with pytest.raises(s.CriterionTwice):
		score_sheet([KAMAKURA[0], KAMAKURA[0]], [])


@pytest.mark.parametrize(
	"broken",
	[
		{"scale": "Stars"},
		{"scale": None},
		{"code": ""},
		{"weight": -1},
		{"weight": "heavy"},
		{"max_points": 0},
		{"max_points": None},
		{"max_points": -5},
	],
)
def test_incomplete_criteria_are_refused(broken):
	with pytest.raises(s.BadCriterion):
		sheet([{**OBU[0], **broken}], 3)


def test_summary_of_several_sheets():
	sheets = [sheet(OBU, 5, 5, 5, 5), sheet(OBU, 3, 3, 3, 3), sheet(OBU, 2, 2, 2, 0)]
	summary = summarise(iter(sheets))
	assert summary.count == 3
	assert (summary.lowest, summary.highest) == (32, 100)
	assert summary.average == pytest.approx((100 + 60 + 32) / 3)
	assert summary.spread == pytest.approx(statistics.pstdev([100, 60, 32]))
	assert summary.per_criterion == pytest.approx({"need": 200 / 3, "plan": 200 / 3, "effect": 200 / 3, "budget": 160 / 3})
	assert summary.vetoes == {"budget": 1}


def test_incomparable_sheets_are_refused():
	empty = summarise([])
	assert (empty.count, empty.average, empty.spread, empty.lowest, empty.highest) == (0, None, None, None, None)
	assert passes(empty, 50) is None
	with pytest.raises(s.SheetIncomplete) as refusal:
		summarise([sheet(OBU, 5, 5, 5)])
	assert refusal.value.args_ == ("budget",)
	with pytest.raises(s.SheetsDiffer):
		summarise([sheet(OBU, 5, 5, 5, 5), sheet(KAMAKURA, *"○○○○○○")])


def test_pass_mark_of_obu_is_applied():
	assert passes(summarise([sheet(OBU, 2.5, 2.5, 2.5, 2.5)]), 50) is True
	assert passes(summarise([sheet(OBU, 3, 2, 2, 3)]), 50) is True
	assert passes(summarise([sheet(OBU, 2, 2, 3, 3)]), 50) is False


def test_average_equal_to_the_pass_mark_passes_despite_rounding():
	thirds = [{"code": str(n), "scale": "Points", "max_points": 3, "weight": 0.1} for n in range(7)]
	for share in range(1, 4):
		scores = summarise([sheet(thirds, *[share] * 7)] * 3)
		assert passes(scores, round(100 * share / 3, 6)) is True
		assert passes(scores, 100 * share / 3 + 0.01) is False


def test_only_vetoes_decide_without_a_pass_mark():
	for none in (None, 0, 0.0):
		assert passes(summarise([sheet(OBU, 5, 5, 5, 5)]), none) is None
		assert passes(summarise([sheet(OBU, 5, 5, 5, 0)]), none) is False


def test_vetoes_override_any_average():
	one = summarise([sheet(OBU, 5, 5, 5, 0), sheet(OBU, 5, 5, 5, 5), sheet(OBU, 5, 5, 5, 5)])
	assert one.average > 90
	assert passes(one, 50) is False
	assert passes(one, 50, vetoes_to_fail=2) is True


def test_majority_decides_and_the_chair_breaks_ties():
	assert decide_vote(4, 3) is True and decide_vote(3, 4) is False
	assert decide_vote(3, 3, True) is True and decide_vote(3, 3, False) is False
	assert decide_vote(4, 3, chair=False) is True  # the chair only speaks in a tie
	with pytest.raises(s.ChairMustDecide):
		decide_vote(3, 3)


@pytest.mark.parametrize("votes", [(0, 0), (-1, 3), (2.5, 1), (True, 0), ("3", "2"), (None, 1)])
def test_invalid_votes_are_refused(votes):
	with pytest.raises(s.BadVote):
		decide_vote(*votes, chair=True)


# -- what a city declares of the way of marking (domain.md §7) ------------------------------------------------------


@pytest.mark.parametrize(
	("criterion", "error"),
	[
		({"scale": "Points", "max_points": 0}, s.BadCriterion),
		({"scale": "Points", "max_points": -5}, s.BadCriterion),
		({"scale": "Stars"}, s.BadCriterion),
		({"scale": "OX", "weight": -1}, s.BadCriterion),
		({"scale": "Points", "max_points": 5, "least_average": 5.5}, s.BadLeastAverage),
		({"scale": "Points", "max_points": 5, "least_average": -1}, s.BadLeastAverage),
		({"scale": "OX", "least_average": 1.1}, s.BadLeastAverage),
	],
)
def test_criteria_that_cannot_be_marked_are_refused(criterion, error):
	with pytest.raises(error):
		s.check_criteria([{"code": "a", **criterion}])
	s.check_criteria([*KAMAKURA, *OBU, {"code": "b", "scale": "Points", "max_points": 5, "least_average": 5}])
	with pytest.raises(s.CriterionTwice):
		s.check_criteria([*OBU, OBU[0]])


def test_a_pass_mark_is_from_0_to_100():
	for good in (None, 0, 0.5, 50, 100):
		s.check_pass_mark(good)
	for bad in (-1, 100.1, 1000):
		with pytest.raises(s.BadPassMark, match=f"{bad:g}"):
			s.check_pass_mark(bad)


def test_whole_points_only():
	marks = lambda *given: [{"criterion": c["code"], "mark": m} for c, m in zip(OBU, given)]
	s.check_whole(OBU, marks(5, "3", "４", 2.0))
	s.check_whole(OBU, marks("", None, "3.0", "abc"))  # what is no mark is refused by the scale
	for half in (2.5, "2.5", "２．５"):
		with pytest.raises(s.MarkNotWhole, match="plan"):
			s.check_whole(OBU, marks(5, half, 1, 1))
	s.check_whole(KAMAKURA, [{"criterion": "public", "mark": "△"}])


def test_highest_and_lowest_sheets_are_left_out_from_three_on():
	sheets = [sheet(OBU, *[points] * 4) for points in (5, 1, 3, 4)]
	left_out = summarise(sheets, leave_out_extremes=True)
	assert (left_out.count, left_out.left_out, left_out.average, left_out.lowest, left_out.highest) == (4, 2, 70, 60, 80)
	assert left_out.per_criterion == dict.fromkeys(("need", "plan", "effect", "budget"), 70)
	assert summarise(sheets[:3], leave_out_extremes=True).average == 60
	assert summarise(sheets[:2], leave_out_extremes=True) == summarise(sheets[:2])
	equal = summarise([sheets[0]] * 3, leave_out_extremes=True)
	assert equal.average == 100 and equal.left_out == 2
	assert summarise([], leave_out_extremes=True).count == 0
	veto = summarise([sheet(OBU, 0, 0, 0, 0), *sheets], leave_out_extremes=True)
	assert veto.vetoes == {"budget": 1} and passes(veto, 10) is False


def test_each_criterion_reaches_its_least_average():
	criteria = [{**OBU[0], "least_average": 3}, *OBU[1:]]
	reached = summarise([sheet(OBU, 2, 5, 5, 5), sheet(OBU, 4, 5, 5, 5)])
	assert s.below_least(reached, criteria) == {} and passes(reached, 50, criteria=criteria) is True
	assert passes(reached, None, criteria=criteria) is None
	missed = summarise([sheet(OBU, 2, 5, 5, 5), sheet(OBU, 3, 5, 5, 5)])
	assert s.below_least(missed, criteria) == {"need": (2.5, 3)}
	assert passes(missed, 50, criteria=criteria) is passes(missed, None, criteria=criteria) is False
	thirds = summarise([sheet(OBU, *marks) for marks in ((3, 1, 1, 1), (3, 1, 1, 1), (3, 1, 1, 1))])
	assert s.below_least(thirds, criteria) == {}
	circles = [{**row, "least_average": 0.5} for row in KAMAKURA]
	assert s.below_least(summarise([sheet(KAMAKURA, *"×○○○○△")]), circles) == {"public": (0, 0.5)}
	assert s.below_least(summarise([]), criteria) == {}


# -- the city's own scale ------------------------------------------------------------------

FIVE = [{"code": code, "question": f"問{code}", "scale": "Points", "least_points": 1, "max_points": 5, "point_step": 1} for code in "ab"]


def test_a_scale_has_a_lowest_mark_and_steps():
	assert sheet(FIVE, 1, "５").shares == {"a": 20, "b": 100}
	for mark, error, words in (
		(0, s.PointsOutOfScale, "1 to 5"),
		(6, s.PointsOutOfScale, "1 to 5"),
		("3.5", s.PointsBetweenSteps, "steps of 1"),
		("良", s.MarkOutOfScale, "良"),
	):
		with pytest.raises(error, match=words):
			sheet(FIVE, mark, 1)
	halves = [{**FIVE[0], "point_step": 0.5}]
	assert sheet(halves, 3.5).points == 3.5
	with pytest.raises(s.PointsBetweenSteps):
		sheet(halves, 3.2)
	assert sheet([{**FIVE[0], "point_step": 0}], 3.21).points == 3.21
	assert sheet([{**FIVE[0], "least_points": 0, "max_points": 20, "point_step": 5}], 15).points == 15


def test_the_lowest_mark_of_a_scale_is_the_veto():
	veto = [{**FIVE[0], "veto": 1}, FIVE[1]]
	assert sheet(veto, 1, 5).vetoed == ["a"] and sheet(veto, 2, 5).vetoed == []


@pytest.mark.parametrize(
	"scale",
	[
		{"least_points": 5},
		{"least_points": 6},
		{"least_points": -1},
		{"least_points": 1, "point_step": 3},
		{"point_step": 2},
		{"point_step": -1},
		{"point_step": 0.3},
	],
)
def test_a_scale_that_does_not_come_out_is_refused(scale):
	with pytest.raises(s.BadScale, match="a: "):
		s.check_criteria([{"code": "a", "scale": "Points", "max_points": 5, **scale}])


def test_a_scale_that_comes_out_is_accepted():
	for scale in ({}, {"least_points": 1, "point_step": 2}, {"point_step": 0.5}, {"point_step": 0.1}, {"point_step": 5}):
		s.check_criteria([{"code": "a", "scale": "Points", "max_points": 5, **scale}])
	s.check_criteria([{"code": "a", "scale": "OX", "least_points": 9, "point_step": 7}])


def test_points_of_a_sheet_are_weighted():
	weighted = [{**FIVE[0], "weight": 4}, {**FIVE[1], "weight": 1}]
	found = sheet(weighted, 3, 5)
	assert (found.points, found.out_of) == (17, 25)
	assert (sheet(FIVE, 3, 5).points, sheet(FIVE, 3, 5).out_of) == (8, 10)
	assert (sheet([FIVE[0], {**FIVE[1], "weight": 0}], 3, 5).points, sheet(FIVE, 3, "").out_of) == (8, 5)
	some = [{**FIVE[0], "weight": 2}, {**FIVE[1], "weight": 0}]
	assert (sheet(some, 3, 5).points, sheet(some, 3, 5).out_of) == (6, 10)


def test_a_low_mark_needs_a_comment():
	below = [{**FIVE[0], "comment_below": 3}, FIVE[1]]
	marks = lambda first, comment=None: [{"criterion": "a", "mark": first, "comment": comment}, {"criterion": "b", "mark": 1}]
	s.check_comments(below, marks(3))
	s.check_comments(below, marks(2, "体制が弱い"))
	s.check_comments(below, marks(""))
	for bare in (None, "", "　"):
		with pytest.raises(s.CommentMissing, match="問a"):
			s.check_comments(below, marks(2, bare))
	with pytest.raises(s.CommentMissing, match="問a、問b"):
		s.check_comments(FIVE, marks(5), always=True)
	crosses = [{"code": "a", "scale": "OX", "comment_below": 0.5}]
	s.check_comments(crosses, [{"criterion": "a", "mark": "△"}])
	with pytest.raises(s.CommentMissing):
		s.check_comments(crosses, [{"criterion": "a", "mark": "×"}])
	for bound in (1, 0.5, 6, -1):
		with pytest.raises(s.BadCommentBound):
			s.check_criteria([{**FIVE[0], "comment_below": bound}])
