"""Text keys, differences and the hash of an agreement: domain.md §5 "Text", §6; design.md §5 Agreement."""

import datetime
import hashlib
import itertools
import random
import time
import unicodedata
from decimal import Decimal
from types import SimpleNamespace

import pytest

from kyodo_frappe.rules import canonical
from kyodo_frappe.rules.canonical import content_hash
from kyodo_frappe.rules.kanji_variants import STANDARD
from kyodo_frappe.rules.textdiff import FieldChange, changed_fields, word_diff
from kyodo_frappe.rules.textkeys import kana_valid, name_key, safe_cell, search_key, stored_search_key, to_katakana

# --- search keys


@pytest.mark.parametrize(
	("typed", "also"),
	[
		("カマクラ", "かまくら"),
		("ｶﾏｸﾗ", "かまくら"),
		("ｶﾞｰﾃﾞﾝ", "がーでん"),
		("ＮＰＯ", "npo"),
		("ヴァイオリン", "ゔぁいおりん"),
		("ミスヾ", "みすゞ"),
		("㈱協働", "(株)協働"),
		("①", "1"),
		("緑の　　会\n", " 緑の 会"),
		("か\u3099き", "がき"),
		("葛\U000e0100城", "葛城"),
		("緑\u200bの会", "緑の会"),
		("10〜12時", "10～12時"),
		("Straße", "STRASSE"),
		("髙橋", "高橋"),
		("﨑山", "崎山"),
		("⻲⼾", "亀戸"),
		("龜戶", "亀戸"),
		("⻑⾕川", "長谷川"),
		("渡邉󠄂", "渡辺"),
		("渡邊", "渡辺"),
		("𠮷田", "吉田"),
		("齋藤", "斎藤"),
		("神︀社", "神社"),
		("國學院", "国学院"),
	],
)
def test_search_key_unifies_variants(typed, also):
	assert search_key(typed) == search_key(also)


@pytest.mark.parametrize(
	("one", "other"),
	[
		("緑の会", "緑会"), ("はし", "ばし"), ("ハシ", "パシ"), ("こうじ", "こーじ"), ("つき", "っき"), ("a b", "ab"), ("川崎", "川埼"),
		("斎藤", "斉藤"), ("加藤", "加籐"), ("東海", "東毎"),
	],
)  # fmt: skip
def test_search_key_keeps_different_words_apart(one, other):
	assert search_key(one) != search_key(other)


def test_search_key_is_idempotent_and_without_katakana():
	for code in itertools.chain(range(0x20, 0xD800), range(0xF900, 0x10000), range(0x1F100, 0x1F300)):
		key = search_key(f"あ{chr(code)}b")
		assert search_key(key) == key, hex(code)
		assert not any("ァ" <= char <= "ヶ" for char in key), hex(code)


def test_variants_belong_to_one_group_each():
	assert len(STANDARD) > 400
	assert not set(map(chr, STANDARD)) & set(STANDARD.values())
	for variant, standard in STANDARD.items():
		assert search_key(chr(variant)) == search_key(standard) == standard


@pytest.mark.parametrize(
	("typed", "name", "kana"),
	[
		("髙橋文庫", "高橋 文庫の会", ""),
		("NPO法人みどり", "特定非営利活動法人 みどりの会", ""),
		("特定非営利活動法人みどり", "NPO法人みどりの会", ""),
		("（特非）みどりの会", "みどりの会", ""),
		("一般社団法人", "一般社団法人みどり", ""),
		("ﾐﾄﾞﾘﾉｶｲ", "緑の会", "ミドリノ カイ"),
		("みどり　の会", "みどりの会", ""),
		("ＡＢＣ", "abcの会", ""),
	],
)
def test_every_spelling_finds_a_name(typed, name, kana):
	assert name_key(typed) in stored_search_key(name, kana)


def test_blank_name_has_no_key():
	assert stored_search_key(None) == stored_search_key(" 　", "") == ""


def test_search_key_of_no_text_is_empty():
	assert search_key(None) == search_key("") == search_key(" 　\n") == ""


@pytest.mark.parametrize(
	"kana", ["カマクラシ", "カマクラ　シミンカツドウセンター", "ｶﾏｸﾗ ｼ", "ヴァイオリン・アンサンブル", "ミスヾ", "ー・ア", "ｶﾞｯｺｳ"]
)
def test_valid_furigana_is_accepted(kana):
	assert kana_valid(kana)


@pytest.mark.parametrize(
	"text", ["", None, " ", "・ー", "かまくら", "鎌倉", "NPOカマクラ", "カマクラ1", "カマクラ、", "カマ\tクラ", "カマ〜クラ"]
)
def test_invalid_furigana_is_rejected(text):
	assert not kana_valid(text)


@pytest.mark.parametrize(
	("typed", "kept"),
	[
		("かまくらし", "カマクラシ"), ("ｶﾞｯｺｳ", "ガッコウ"), ("かまくら　みどりの ｶｲ", "カマクラ ミドリノ カイ"), ("カマクラ", "カマクラ"),
		("鎌倉の会", "鎌倉の会"), ("NPOかまくら", "NPOかまくら"), ("", ""), (None, ""),
	],
)  # fmt: skip
def test_furigana_is_converted_to_katakana(typed, kept):
	assert to_katakana(typed) == kept and to_katakana(kept) == kept


# --- names of organisations


@pytest.mark.parametrize(
	"name",
	[
		"特定非営利活動法人 鎌倉みどりの会",
		"NPO法人鎌倉みどりの会",
		"ＮＰＯ法人　鎌倉みどりの会",
		"認定NPO法人 鎌倉ミドリの会",
		"認定特定非営利活動法人鎌倉みどりの会",
		"鎌倉みどりの会",
		"鎌倉みどりの会（NPO法人）",
		"(特非)鎌倉みどりの会",
		"鎌倉・みどりの会",
		"「鎌倉みどりの会」",
		"一般社団法人鎌倉みどりの会",
		"㈱鎌倉みどりの会",
		"鎌倉みどりの会（株）",
		"株式会社 鎌倉みどりの会",
		"公益財団法人　鎌倉みどりの会",
		"鎌倉みどりの会　合同会社",
		"npo法人 鎌倉ﾐﾄﾞﾘの会",
	],
)
def test_name_key_unifies_variants_of_a_name(name):
	assert name_key(name) == "鎌倉みどりの会"


def test_name_key_keeps_different_organisations_apart():
	names = ["鎌倉みどりの会", "鎌倉みどり会", "北鎌倉みどりの会", "鎌倉みとりの会", "鎌倉みどりの会2"]
	assert len({name_key(name) for name in names}) == len(names)


def test_legal_form_within_a_name_is_kept():
	assert name_key("市民とNPO法人をつなぐ会") == "市民とnpo法人をつなぐ会"


def test_longer_legal_form_is_removed_whole():
	assert name_key("医療法人社団みどり会") == name_key("医療法人みどり会") == "みどり会"


def test_name_consisting_of_a_legal_form_keeps_a_key():
	assert name_key("NPO法人") == "npo法人"
	assert name_key("☆") and name_key("☆") != name_key("★")
	assert name_key(None) == name_key(" ") == ""


# --- cells


@pytest.mark.parametrize("text", ["=1+1", "+81-42-576-2111", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＠x", "  =1+1", "　=1"])
def test_formulas_are_escaped(text):
	assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("value", ["鎌倉市", "", "a=b", "'=1", "042-576-2111", 5, -5, 0.5, True, datetime.date(2026, 4, 1)])
def test_harmless_cells_are_unchanged(value):
	assert safe_cell(value) is value


def test_none_is_an_empty_cell():
	assert safe_cell(None) == ""


# --- what changed

OLD = {"title": "緑の保全", "purpose": "一行目\n二行目", "amount": 500_000.0, "plan": None}


def test_changed_fields_are_listed_in_order():
	new = SimpleNamespace(title="緑の再生", purpose="一行目\r\n二行目", amount=500_000, plan="", needs="")
	assert changed_fields(OLD, new, ["title", "purpose", "amount", "plan", "needs"]) == [FieldChange("title", "緑の保全", "緑の再生")]
	assert changed_fields(OLD, {**OLD, "amount": 0, "plan": "月別"}, ["plan", "amount"]) == [
		FieldChange("plan", None, "月別"),
		FieldChange("amount", 500_000.0, 0),
	]
	assert changed_fields(OLD, {**OLD, "title": "x"}, ["purpose"]) == []


def test_none_and_zero_differ():
	assert changed_fields({"amount": None}, {"amount": 0}, ["amount"]) == [FieldChange("amount", None, 0)]


def sides(parts):
	old = "".join(text for op, text in parts if op != "insert")
	new = "".join(text for op, text in parts if op != "delete")
	return old, new


def test_word_diff_of_a_changed_clause():
	old = "市は、事業費として500,000円を負担する。\n団体は、ボランティアを募る。"
	new = "市は、事業費として450,000円を負担する。\n団体は、ボランティアと講師を募る。"
	assert word_diff(old, new) == [
		("equal", "市は、事業費として"),
		("delete", "500,000"),
		("insert", "450,000"),
		("equal", "円を負担する。\n団体は、ボランティア"),
		("insert", "と講師"),
		("equal", "を募る。"),
	]


def test_word_diff_of_added_and_removed_sentences():
	assert word_diff("一つ。二つ。", "一つ。三つ目を加える。二つ。") == [
		("equal", "一つ。"),
		("insert", "三つ目を加える。"),
		("equal", "二つ。"),
	]
	assert word_diff("", "新しい") == [("insert", "新しい")]
	assert word_diff("古い", None) == [("delete", "古い")]
	assert word_diff(None, "") == []
	assert word_diff("同じ\r\n", "同じ\n") == [("equal", "同じ\n")]


def test_word_diff_restores_both_texts():
	dice = random.Random(7)
	words = ["市", "団体", "は", "。", "\n", "ボランティア", "12", "NPO", "！", "　", "、", "𠮷", "\r\n"]
	for _ in range(1500):
		old, new = ("".join(dice.choices(words, k=dice.randint(0, 25))) for _ in range(2))
		parts = word_diff(old, new)
		assert sides(parts) == (old.replace("\r\n", "\n"), new.replace("\r\n", "\n"))
		assert all(text for _, text in parts)
		assert all(one[0] != other[0] for one, other in itertools.pairwise(parts))
		assert all(not (one[0] == "insert" and other[0] == "delete") for one, other in itertools.pairwise(parts))


@pytest.mark.parametrize("passage", ["あいうえおかきくけこ" * 400, "の" * 4000, "同じ行\n" * 3000, "市。" * 3000])
def test_word_diff_of_repetitive_texts_is_fast(passage):
	changed = passage.replace("お", "を").replace("市。", "市は。", 7)[: len(passage) // 2] + "は" + passage[len(passage) // 2 :]
	begun = time.process_time()
	parts = word_diff(passage, changed)
	assert time.process_time() - begun < 5
	assert sides(parts) == (passage, changed) and parts[0][0] == "equal"


def test_word_diff_finds_one_word_in_a_long_text():
	text = "".join(f"第{n}条　市及び団体は、協働の事業{n}を行うものとする。\n" for n in range(1, 400))
	changed = text.replace("事業200を", "事業200の一部を")
	assert [part for part in word_diff(text, changed) if part[0] != "equal"] == [("insert", "の一部")]


# --- the hash of an agreement

AGREEMENT = {
	"form": "協働負担",
	"parties": ["鎌倉市", "緑の会"],
	"period": [datetime.date(2026, 4, 1), datetime.date(2027, 3, 31)],
	"costs": {"City": 500_000, "Organisation": 120_000.5},
	"clauses": [{"no": 1, "text": '目的\n本協定は、"共に汗する"。'}, {"no": 2, "text": None}],
	"published": True,
}


def test_content_hash_is_sha256_of_the_canonical_text():
	text = (
		'{"clauses":[{"no":1,"text":"目的\\n本協定は、\\"共に汗する\\"。"},{"no":2,"text":null}],'
		'"costs":{"City":500000,"Organisation":120000.5},"form":"協働負担","parties":["鎌倉市","緑の会"],'
		'"period":["2026-04-01","2027-03-31"],"published":true}'
	)
	assert canonical.canonical_text(AGREEMENT) == text
	assert content_hash(AGREEMENT) == hashlib.sha256(text.encode("utf-8")).hexdigest()


def test_canonical_text_ignores_technical_differences():
	same = {
		**dict(reversed(AGREEMENT.items())),
		"period": ("2026-04-01", "2027-03-31"),
		"costs": {"Organisation": Decimal("120000.50"), "City": 500_000.0},
		"clauses": [{"text": '目的\r\n本協定は、"共に汗する"。', "no": 1.0}, {"text": None, "no": 2}],
	}
	assert content_hash(same) == content_hash(AGREEMENT)
	assert content_hash(unicodedata.normalize("NFD", "ガーデン")) == content_hash("ガーデン")
	assert content_hash({unicodedata.normalize("NFD", "が"): 1}) == content_hash({"が": 1})


def test_numbers_have_one_canonical_form():
	for numbers in (
		[0, -0.0, Decimal("0.00"), 0.0],
		[100, 100.0, Decimal("1E+2"), 1e2],
		[0.1, Decimal("0.10")],
		[10**21, 1e21],
		[1e-7, Decimal("0.0000001")],
	):
		assert len({content_hash(number) for number in numbers}) == 1


def test_canonical_text_reflects_every_other_difference():
	changed = [
		AGREEMENT,
		{**AGREEMENT, "parties": ["緑の会", "鎌倉市"]},
		{**AGREEMENT, "parties": ["鎌倉市", "緑の会 "]},
		{**AGREEMENT, "form": "協働負担。"},
		{**AGREEMENT, "form": "協働委託"},
		{**AGREEMENT, "costs": {"City": 500_001, "Organisation": 120_000.5}},
		{**AGREEMENT, "published": False},
		{**AGREEMENT, "published": 1},
		{**AGREEMENT, "published": None},
		{**AGREEMENT, "published": ""},
		{**AGREEMENT, "published": "true"},
		{key: value for key, value in AGREEMENT.items() if key != "published"},
		{**AGREEMENT, "form": "協働負担①"},
		{**AGREEMENT, "form": "協働負担1"},
		{**AGREEMENT, "extra": None},
		{**AGREEMENT, "period": [datetime.date(2026, 4, 1), datetime.date(2027, 3, 30)]},
	]
	assert len({content_hash(structure) for structure in changed}) == len(changed)


def test_canonical_text_separates_adjacent_texts():
	assert (
		len({content_hash(structure) for structure in (["ab", "c"], ["a", "bc"], ["abc"], "abc", ["a", ["b", "c"]], ['a","b'], ["a", "b"])})
		== 7
	)


def test_content_hash_does_not_modify_its_argument():
	before = repr(AGREEMENT)
	assert content_hash(AGREEMENT) == content_hash(AGREEMENT)
	assert repr(AGREEMENT) == before


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), Decimal("NaN"), Decimal("sNaN")])
def test_nan_and_infinity_are_refused(number):
	with pytest.raises(canonical.NotANumber) as refusal:
		content_hash({"costs": [1, number]})
	assert refusal.value.args_[0] == "/costs/1/"


@pytest.mark.parametrize(
	"value", [{1, 2}, b"bytes", object(), datetime.datetime(2026, 4, 1), datetime.time(9), 1j, {1: "a"}, {None: "a"}, "\ud800"]
)
def test_other_types_are_refused(value):
	with pytest.raises(canonical.CannotBeHashed):
		content_hash({"a": value})


def test_keys_equal_in_nfc_are_refused():
	with pytest.raises(canonical.KeyTwice):
		content_hash({"が": 1, unicodedata.normalize("NFD", "が"): 2})
