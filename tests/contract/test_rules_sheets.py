"""Cells filled in by hand: texts, headings, options and numbers."""

import datetime

import pytest

from kyodo_frappe.rules import sheets
from kyodo_frappe.rules.errors import RuleError


@pytest.mark.parametrize(
	("cell", "text"),
	[
		(None, ""),
		(30000, "30000"),
		(30000.0, "30000"),
		(2.5, "2.5"),
		(float("nan"), ""),
		(True, "1"),
		(datetime.datetime(2026, 4, 1), "令和8年4月1日"),
		(" 約3万円\r\n", "約3万円"),
		("一行目_x000D_\n二行目\x07", "一行目\n二行目"),
	],
)
def test_text_of_a_cell(cell, text):
	assert sheets.cell_text(cell) == text


HEADINGS = {"category": "費目", "description": "内容", "unit_price": "単価（円）", "quantity": "数量"}


def test_headings_are_found_in_any_position():
	rows = [("様式第1号",), (), (None, "数 量", "メモ", "内容", "費目（選択）", "単価"), ("", 2, "", "お米", "消耗品費", "３０００")]
	layout = sheets.find_layout(rows, HEADINGS)
	assert layout.header == 2
	assert sheets.row_texts(rows[3], layout) == {"quantity": "2", "description": "お米", "category": "消耗品費", "unit_price": "３０００"}
	assert sheets.row_texts((None, 1), layout)["category"] == ""


def test_sheet_without_headings_has_no_layout():
	assert sheets.find_layout([("費目", "お米")], HEADINGS) is None
	assert sheets.find_layout([("",)] * 50 + [tuple(HEADINGS.values())], HEADINGS) is None


def test_option_is_matched_by_value_or_label():
	options = {"Consumables": "消耗品費", "Travel": "旅費"}
	assert sheets.match_option("費目", " 消耗品費 ", options) == "Consumables"
	assert sheets.match_option("費目", "ｔｒａｖｅｌ", options) == "Travel"
	assert sheets.match_option("費目", "", options) == ""
	with pytest.raises(sheets.NotOnTheList) as wrong:
		sheets.match_option("費目", "お茶代", options)
	assert wrong.value.args_ == ("費目", "お茶代")


def test_yes_and_no_are_read_as_written():
	assert [sheets.yes_or_no("対象", text) for text in ("○", "はい", "レ", "１")] == [True] * 4
	assert [sheets.yes_or_no("対象", text) for text in ("×", "いいえ", "０", "対象外")] == [False] * 4
	assert sheets.yes_or_no("対象", "") is None
	with pytest.raises(RuleError):
		sheets.yes_or_no("対象", "たぶん")
