"""Widths of the columns of a printed table (rules/columns.py)."""

import pytest

from kyodo_frappe.rules.columns import shares


def test_a_text_gets_what_short_columns_leave():
	side, text = shares(["担う側", "役割"], [["団体", "下草刈り、間伐、道の復旧、森で過ごす一日の運営"], ["市", "許可"]])
	assert side < 12 and text > 88 and side + text == pytest.approx(100, abs=0.2)


def test_figures_and_answers_stay_on_one_line():
	head = ["年度", "申請額（円）", "その年度の経費", "補助率", "上限額", "その年度の決定額", "年度の状態", "決定のときの予定額"]
	row = ["令和7年度", "240,000円", "300,000円", "80", "1,000,000円", "240,000円", "確認済み", "240,000円"]
	widths = shares(head, [row])
	assert sum(widths) == pytest.approx(100, abs=0.5)
	assert widths[6] / 100 * 44 > 4, "four characters fit"
	assert widths[4] / 100 * 44 > 6, "1,000,000円 fits"


def test_columns_without_rows_are_as_wide_as_their_headings():
	assert shares(["時期", "内容"], []) == (50, 50)
