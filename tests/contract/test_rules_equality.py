"""Figures of equality, checked against values computed by hand."""

import datetime

from kyodo_frappe.rules.equality import Exchange, MarkGaps, answers, cut, cuts, edits, mark_gaps

CITY, GROUP = "City", "Organisation"


def at(day: int, hour: int = 0) -> datetime.datetime:
	return datetime.datetime(2026, 5, day, hour)


def test_answer_times_are_computed_per_side():
	found = answers(
		[
			Exchange(CITY, at(1), at(3)),  # 2 days
			Exchange(CITY, at(1), at(11)),  # 10 days
			Exchange(CITY, at(1), at(1, 12)),  # half a day
			Exchange(CITY, at(5)),  # open
			Exchange(GROUP, at(2), at(6)),  # 4 days
		]
	)
	assert (found[CITY].answered, found[CITY].open) == (3, 1)
	assert (found[CITY].median, found[CITY].mean) == (2.0, 4.2)  # (2 + 10 + 0.5) / 3 = 4.17
	assert (found[GROUP].answered, found[GROUP].open, found[GROUP].median, found[GROUP].mean) == (1, 0, 4.0, 4.0)


def test_no_exchanges_yield_no_times():
	assert answers([])[CITY].median is None
	assert answers([Exchange(GROUP, at(1))])[GROUP] == answers([Exchange(GROUP, at(9))])[GROUP]
	assert answers([Exchange(GROUP, at(1))])[GROUP].open == 1


def test_answer_before_the_question_counts_as_no_time():
	assert answers([Exchange(CITY, at(3), at(1))])[CITY].mean == 0


def test_edits_are_counted_per_side_with_the_last_editor():
	found = edits([(GROUP, at(4)), (CITY, at(1)), (GROUP, at(2)), ("Office", at(9))])
	assert found.counts == {CITY: 1, GROUP: 2}
	assert found.shares == {CITY: 33.3, GROUP: 66.7}
	assert found.last == GROUP, "the office is no side"
	assert edits([("Office", at(1))]).last is None and edits([]).shares == {CITY: None, GROUP: None}


def test_cut_between_request_and_agreement():
	found = cut(500000, 400000, 300000)
	assert (found.decided_cut, found.agreed_cut, found.total_cut) == (20.0, 25.0, 40.0)
	assert cut(200000, 250000, None).decided_cut == -25.0, "more than asked for"
	assert cut(None, 400000, 400000).decided_cut is None and cut(0, 0, 0).total_cut is None
	assert cut(500000, 0, None).decided_cut == 100.0


def test_cuts_ignore_amounts_that_cannot_be_compared():
	found = cuts([cut(500000, 400000, 400000), cut(300000, 300000, None), cut(None, 100000, 50000)])
	assert (found.requested, found.decided, found.agreed) == (800000, 800000, 450000)
	assert found.decided_cut == 12.5  # 800,000 → 700,000
	assert found.agreed_cut == 10.0  # 500,000 → 450,000
	assert found.total_cut == 20.0  # 500,000 → 400,000
	assert cuts([]).requested is None and cuts([]).total_cut is None


def test_mark_gaps_of_several_items():
	found = mark_gaps([(4, 2, 2), (3, 4, 2), (5, 5, 2), (2, 1, 1)])
	assert found == MarkGaps(4, 1.0, 0.5, 2)  # |2|+|1|+0+|1| = 4; 2-1+0+1 = 2; to talk about: the first and the last
	assert mark_gaps([]) == MarkGaps(0, None, None, 0)
	assert mark_gaps([(3, 3, 0)]).to_discuss == 0, "no difference is nothing to talk about"
