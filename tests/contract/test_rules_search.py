"""Searching Japanese text: keys, pairs of letters, words of a query, marks in the spelling of the text (domain.md §5 "Text")."""

import random
import unicodedata

import pytest

from kyodo_frappe.rules import search_text as search
from kyodo_frappe.rules.textkeys import spellings


@pytest.mark.parametrize(
	("text", "key"),
	[
		("髙橋さんのｶﾞｲﾄﾞ", "高橋さんのがいど"),
		("防災・減災（２０２６年）", "防災減災2026年"),
		("はじめ。おわり\r\nつぎ", "はじめ\nおわり\nつぎ"),
		("㈱みどり　NPO", "株みどりnpo"),
		("。！\n", ""),
		(None, ""),
	],
)
def test_a_key_has_letters_and_digits_a_line_for_each_sentence(text, key):
	assert search.key_of(text) == key


def test_words_of_a_query_have_no_signs_and_a_limit():
	assert search.words_of('"防災"　+訓練 -NPO* 防災 %_') == ("防災", "訓練", "npo")
	assert search.words_of("") == search.words_of(None) == search.words_of("*?") == ()
	many = search.words_of(" ".join(f"語{number}" for number in range(100)))
	assert len(many) == search.MAX_WORDS
	assert [len(word) for word in search.words_of("あ" * 10000)] == [search.MAX_WORD]


def test_a_word_is_found_by_its_pairs():
	text = list(search.pairs_of("防災訓練\n森"))
	assert text == ["9632z707d", "707dz8a13", "8a13z7df4", "7df4z", "68eez"]
	assert search.pairs_of_word("災訓") == ["707dz8a13"]
	assert search.pairs_of_word("森") == ["68eez"]
	assert search.pairs_of_word("ささささ") == ["3055z3055"]


def test_every_part_of_a_text_is_found_by_its_pairs():
	chance = random.Random(3)
	for _round in range(200):
		text = "".join(chance.choices("防災訓練子どもの会ガ髙１a。・ 森", k=30))
		key = search.key_of(text)
		pairs = set(search.pairs_of(key))
		for sentence in key.split("\n"):
			for begin in range(len(sentence)):
				word = sentence[begin : begin + chance.randint(2, 6)]
				assert len(word) < 2 or set(search.pairs_of_word(word)) <= pairs
				assert any(pair.startswith(search.pairs_of_word(sentence[begin])[0]) for pair in pairs)


def test_single_letters_are_searched_if_they_are_kanji():
	assert search.is_searchable("森") and search.is_searchable("ai") and search.is_searchable("の会")
	assert not any(map(search.is_searchable, ("の", "a", "1", "ー")))


def test_marks_keep_the_spelling_of_the_text():
	parts = search.marked("髙橋さんのｶﾞｲﾄﾞと㈱みどり", ("高橋", "がいど", "株みどり"))
	assert parts == [("髙橋", True), ("さんの", False), ("ｶﾞｲﾄﾞ", True), ("と", False), ("㈱みどり", True)]
	assert search.marked("防災・減災", ("防災減",)) == [("防災・減", True), ("災", False)]
	assert search.marked("なし", ("ある",)) == [("なし", False)]
	assert search.marked("", ("ある",)) == []
	decomposed = unicodedata.normalize("NFD", "ガイド")
	assert search.marked(decomposed, ("がい",))[0] == (decomposed[:3], True)


def test_an_excerpt_is_the_sentence_with_most_words():
	texts = ["はじめの文。防災の文。", "防災と訓練の文。おわり。"]
	assert search.excerpt(texts, ("防災", "訓練")) == [("防災", True), ("と", False), ("訓練", True), ("の文。", False)]
	assert search.excerpt(texts, ("ない",)) == [("はじめの文。", False)]
	assert search.excerpt([], ("ない",)) == []


def test_a_long_sentence_is_cut_around_what_was_found():
	parts = search.excerpt(["あ" * 500 + "防災" + "い" * 500], ("防災",), length=60)
	assert parts[0] == parts[-1] == ("…", False) and ("防災", True) in parts
	assert sum(len(part) for part, _is_marked in parts[1:-1]) == 60
	assert search.excerpt(["あ" * 500], ("防災",), length=60) == [("あ" * 60, False), ("…", False)]


def test_spellings_of_a_legal_form():
	assert "npo法人みどり" in spellings("特定非営利活動法人みどり")
	assert spellings("(株)みどり") == spellings("㈱みどり") == ("株式会社みどり",)
	assert spellings("みどり一般社団法人") == ("みどり(一社)",)
	assert spellings("みどりの会") == spellings(None) == ()
