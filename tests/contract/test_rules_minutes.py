"""Minutes as text: splitting by headings, redaction and replacement of names."""

import pytest

from kyodo_frappe.rules.minutes import HeadingGone, HeadingTwice, redact, replace_names, split_by_headings

HEADINGS = ["議題1　みんなの食堂", "議題2　人事の件（非公開）", "議題3　里山"]
TEXT = """協働エントランス会議　議事録

日時　令和8年5月20日

議題1　みんなの食堂
　発言の要旨　よい。

議題2　人事の件（非公開）
　発言の要旨　ひみつ。

議題3　里山
　結果　採択"""


def test_text_is_split_by_headings():
	found = split_by_headings(TEXT, HEADINGS)
	assert [heading for heading, _text in found] == [None, *HEADINGS]
	assert "令和8年5月20日" in found[0][1] and "ひみつ" in found[2][1] and "ひみつ" not in found[3][1]
	assert "\n".join(text for _heading, text in found) == TEXT


def test_redacting_an_item_keeps_the_others():
	text = redact(TEXT, HEADINGS, {HEADINGS[1]: "議題2　非公開（条例第7条第1号）"})
	assert "ひみつ" not in text and "人事" not in text and "条例第7条第1号" in text
	assert "よい。" in text and text.endswith("結果　採択")


@pytest.mark.parametrize("typed", ["議題２ 人事の件(非公開) ", "　議題2　　人事の件（非公開）", "議題2 人事 の件（非公開）"])
def test_headings_match_regardless_of_spaces_and_width(typed):
	assert "ひみつ" not in redact(TEXT.replace(HEADINGS[1], typed), HEADINGS, {HEADINGS[1]: "－"})


@pytest.mark.parametrize("lost", HEADINGS)
def test_missing_heading_is_refused_and_named(lost):
	# also the one after: nobody could say where the item before it ends
	with pytest.raises(HeadingGone) as refusal:
		redact(TEXT.replace(lost, "別の見出し"), HEADINGS, {HEADINGS[1]: "－"})
	assert lost in str(refusal.value)


def test_duplicate_heading_is_refused():
	with pytest.raises(HeadingTwice):
		redact(TEXT + "\n" + HEADINGS[1], HEADINGS, {HEADINGS[1]: "－"})


def test_text_without_redactions_is_not_checked():
	assert redact("活発な意見があった。", HEADINGS, {}) == "活発な意見があった。"
	assert redact(None, HEADINGS, {}) == ""


def test_names_are_replaced_regardless_of_spaces():
	names = {"佐藤 一": "委員A", "佐藤 一郎": "委員B", "鈴木　花": "委員C", "財政課長": "委員D"}
	text = "佐藤一郎、佐藤　一、鈴木花、鈴木委員、佐藤委員、財政課長"
	# 佐藤委員 may be either of two
	assert replace_names(text, names) == "委員B、委員A、委員C、委員C、委員、委員D"
	assert replace_names("何もない", {"": "X", " ": "Y"}) == "何もない"
