"""Suggestions from the answers of a screening (小平市 2(3), 2(4)②), and the number of views required."""

import pytest

from kyodo_frappe.rules.screening import assess, views_needed


def rows(speaks_for: str, against: str) -> list[dict]:
	"""y, p, n or ? for each question."""
	answers = {"y": "Yes", "p": "Partly", "n": "No", "?": ""}
	return [
		*({"question": f"適{n}", "direction": "For", "answer": answers[mark]} for n, mark in enumerate(speaks_for)),
		*({"question": f"否{n}", "direction": "Against", "answer": answers[mark]} for n, mark in enumerate(against)),
	]


@pytest.mark.parametrize(
	("speaks_for", "against", "suggestion"),
	[
		("yyyyy", "nn", "Suits"),
		("yypnn", "nn", "Suits"),  # 2.5 of 5: exactly half
		("yynnn", "nn", "Needs Work"),
		("pnnnn", "nn", "Needs Work"),
		("nnnnn", "nn", "Does Not Suit"),
		("yyyyy", "yn", "Suits"),  # one point costs half of everything: just enough
		("yyyyp", "yn", "Needs Work"),
		("yyyyy", "yp", "Needs Work"),
		("yyynn", "yn", "Needs Work"),
		("ypnnn", "yn", "Does Not Suit"),
		("yyyyy", "yy", "Does Not Suit"),  # two cannot be outweighed
		("yyy", "yyy", "Does Not Suit"),
	],
)
def test_two_points_against_cannot_be_outweighed(speaks_for, against, suggestion):
	assert assess(rows(speaks_for, against)).suggestion == suggestion


def test_unanswered_questions_prevent_a_suggestion():
	found = assess(rows("yp?", "p"))
	assert (found.points_for, found.points_against, found.suggestion, found.unanswered) == (1.5, 0.5, "", ("適2",))
	assert assess([]).suggestion == ""


def test_views_needed_are_more_than_half_of_the_team():
	assert [views_needed(team) for team in (0, 1, 2, 3, 4, 5)] == [1, 1, 2, 2, 3, 3]
