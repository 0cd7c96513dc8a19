"""Matching of needs with reasons, and totals of surveys."""

import pytest

from kyodo_frappe.rules import matching, surveys
from kyodo_frappe.rules.matching import Reason, Side, fit

SEEKS = Side(
	fields=frozenset({"01", "13"}),
	places=("大船", "玉縄地区"),
	skills=("チラシのデザイン",),
	what="Place",
	kind=matching.LOOKING_FOR,
	text="子ども食堂の会場を探しています。",
)


def reasons(other: Side, need: Side = SEEKS) -> dict[str, tuple]:
	found = fit(need, other)
	return {reason.code: reason.values for reason in found.reasons} if found else {}


def offers(**more) -> Side:
	return Side(kind=matching.OFFERING, **more)


def test_needs_match_offers_only():
	assert fit(SEEKS, offers(what="Place"))
	assert fit(SEEKS, Side(kind=matching.LOOKING_FOR, what="Place", fields=SEEKS.fields)) is None
	assert fit(offers(what="Place"), SEEKS) and fit(offers(what="Place"), offers(what="Place")) is None


def test_fit_states_its_reasons():
	other = offers(what="Place", fields=frozenset({"13", "01", "05"}), places=("大船地区",), skills=("ﾁﾗｼのデザイン",))
	assert reasons(other) == {
		matching.SAME_KIND: ("Place",),
		matching.FIELDS: ("01", "13"),
		matching.PLACES: ("大船",),
		matching.SKILLS: ("チラシのデザイン",),
	}
	assert fit(SEEKS, other).score == 5 + 2 * 3 + 2 + 4


@pytest.mark.parametrize(
	("one", "other", "shared"),
	[
		(("大船",), ("大船地区",), ("大船",)),
		(("ｵｵﾌﾅ",), ("おおふな",), ("ｵｵﾌﾅ",)),
		(("大船",), ("市内全域",), ("市内全域",)),
		(("大船", "玉縄"), ("市内", "玉縄"), ("玉縄",)),
		(("大船",), ("腰越",), ()),
		((), ("市内全域",), ()),
		(("船",), ("大船",), ()),
	],
)
def test_places_match_however_they_are_written(one, other, shared):
	assert matching.common_places(one, other) == shared


def test_area_alone_is_no_match_but_a_description_is():
	assert fit(SEEKS, Side(places=("大船",))) is None
	told = Side(text="毎月、チラシのデザインを引き受けています。", places=("大船",))
	assert reasons(told) == {matching.PLACES: ("大船",), matching.DESCRIBED: ("チラシのデザイン",)}


def test_themes_of_a_person_match_the_need():
	assert reasons(Side(themes=("子ども食堂", "防災"))) == {matching.THEMES: ("子ども食堂",)}
	assert reasons(Side(themes=("チラシのデザイン",))) == {matching.THEMES: ("チラシのデザイン",)}


def test_ranking_is_by_score_and_caps_common_fields():
	many = offers(fields=frozenset(str(number) for number in range(20)))
	need = Side(kind=matching.LOOKING_FOR, fields=many.fields, what="Place", skills=("設計",))
	assert fit(need, many).score == matching.WEIGHTS[matching.FIELDS] * matching.MAX_COUNTED
	others = [("b", offers(what="Place")), ("a", offers(what="Place")), ("c", offers(what="Place", skills=("設計",))), ("d", offers())]
	assert [name for name, _fit in matching.ranked(need, others)] == ["c", "a", "b"]
	assert len(matching.ranked(need, others, most=1)) == 1


def test_every_reason_has_a_sentence_and_a_weight():
	assert set(matching.SENTENCES) == set(matching.WEIGHTS)
	assert all(sentence.format(*"12") for sentence in matching.SENTENCES.values())
	assert Reason(matching.FIELDS, ("01",)) == Reason(matching.FIELDS, ("01",))


# -- surveys ------------------------------------------------------------------------------------

MEMBERS = {"code": "members", "question": "会員数", "kind": surveys.NUMBER, "required": 1}
TROUBLE = {"code": "trouble", "question": "課題", "kind": surveys.MULTIPLE_CHOICE, "choices": "人手\n資金\n\n場所\n人手"}
OFFICE = {"code": "office", "question": "事務所", "kind": surveys.YES_NO, "required": 1}
ACCOUNT = {"code": "account", "question": "会計", "kind": surveys.CHOICE, "choices": "手書き\n表計算"}
WORD = {"code": "word", "question": "ご意見", "kind": surveys.TEXT}
QUESTIONS = [MEMBERS, TROUBLE, OFFICE, ACCOUNT, WORD]


@pytest.mark.parametrize(
	("typed", "value"),
	[
		("12", 12),
		("１２人", 12),
		("1,200円", 1200),
		("約12人", None),
		("たくさん", None),
		("", None),
		("3.5", 3.5),
		("－2", -2),
		("12万円", 120000),
		("1,2", None),
		("3～5人", None),
	],
)
def test_numbers_are_read_as_typed(typed, value):
	assert surveys.number(typed) == value


def test_problems_are_listed_in_the_order_of_the_questions():
	given = {"members": "たくさん", "trouble": "人手\n時間", "account": "手書き\n表計算"}
	assert [code for code, _values in surveys.problems(QUESTIONS, given)] == [
		surveys.NO_NUMBER,
		surveys.NO_CHOICE,
		surveys.MISSING,
		surveys.NO_CHOICE,
	]
	good = {"members": "12人", "trouble": "人手\n資金", "office": "はい", "account": "手書き"}
	assert surveys.problems(QUESTIONS, good) == []
	assert surveys.problem(MEMBERS, "9" * 13)[0] == surveys.TOO_LARGE
	assert surveys.choices(TROUBLE) == ["人手", "資金", "場所"]


def sheets(count: int) -> list[dict]:
	return [
		{"members": str(number), "trouble": "人手\n資金" if number % 2 else "人手", "office": "はい", "word": f"意見{number}"}
		for number in range(1, count + 1)
	]


def test_totals_per_kind_of_question():
	members, trouble, office, account, word = surveys.totals(QUESTIONS, sheets(4))
	assert members["statistics"] == {"mean": 2.5, "median": 2.5, "total": 10, "smallest": 1, "largest": 4}
	assert trouble["counts"] == [("人手", 4, 100), ("資金", 2, 50), ("場所", 0, 0)]
	assert (office["answered"], account["answered"], account["counts"]) == (4, 0, [("手書き", 0, 0), ("表計算", 0, 0)])
	assert word["texts"] == ["意見1", "意見2", "意見3", "意見4"]


def test_public_totals_hide_single_organisations():
	assert all(
		total["hidden"] and not total["counts"] and not total["statistics"] for total in surveys.totals(QUESTIONS, sheets(4), public=True)
	)
	members, trouble, _office, account, word = surveys.totals(QUESTIONS, sheets(5), public=True)
	assert set(members["statistics"]) == {"mean", "median", "total"} and trouble["counts"][0] == ("人手", 5, 100)
	assert account["hidden"] and word["texts"] == []


def test_rates_are_rounded_down():
	assert [surveys.rate(*pair) for pair in ((0, 0), (1, 3), (199, 200), (5, 5))] == [0, 33, 99, 100]
