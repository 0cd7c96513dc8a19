"""Ranking of a contest: 国分寺市 プロポーザル方式; domain.md §4."""

import pytest

from kyodo_frappe.rules import ranking


def test_ranks_follow_averages_with_ties_and_unmarked_last():
	ranks = ranking.by_score({"a": 50.0, "b": 80.0, "c": 50.0000000001, "d": None, "e": 20.0})
	assert [(rank.name, rank.rank, rank.tied) for rank in ranks] == [
		("b", 1, False),
		("a", 2, True),
		("c", 2, True),
		("e", 4, False),
		("d", 5, False),
	]
	assert ranking.by_score({}) == []


def test_order_departs_from_scores_if_a_lower_average_comes_first():
	averages = {"a": 50.0, "b": 80.0, "c": None, "d": 50.0}
	assert not ranking.departs_from_scores(["b", "a", "d", "c"], averages)
	assert not ranking.departs_from_scores(["c", "b", "d", "a"], averages), "what nobody has marked says nothing"
	assert ranking.departs_from_scores(["a", "b", "d"], averages)


@pytest.mark.parametrize(
	"order, chosen, places, error",
	[
		(["a", "b", "x"], ["a"], 1, ranking.NotInContest),
		(["a", "b", "c"], ["x"], 1, ranking.NotInContest),
		(["a", "b", "b"], ["a"], 1, ranking.RankedTwice),
		(["a", "b"], ["a"], 1, ranking.NotRanked),
		(["a", "b", "c"], ["a", "b"], 1, ranking.TooManyChosen),
		(["a", "b", "c"], ["b"], 1, ranking.ChosenOutOfOrder),
		(["a", "b", "c"], ["a", "c"], 2, ranking.ChosenOutOfOrder),
	],
)
def test_incomplete_or_inconsistent_order_is_refused(order, chosen, places, error):
	with pytest.raises(error):
		ranking.check_ranking(order, chosen, ["a", "b", "c"], places)


def test_up_to_the_number_of_places_can_be_chosen():
	for chosen, places in ((["a"], 1), (["a", "b"], 2), (["a"], 3), ([], 1)):
		ranking.check_ranking(["a", "b", "c"], chosen, ["c", "b", "a"], places)
