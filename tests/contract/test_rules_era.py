"""Eras and fiscal years: standards.md "Eras", domain.md §4 "Time"."""

import datetime

import pytest

from kyodo_frappe.rules import era
from kyodo_frappe.rules.errors import RuleError

D = datetime.date


def days(first: D, last: D):
	return (first + datetime.timedelta(days=n) for n in range((last - first).days + 1))


@pytest.mark.parametrize(
	("day", "written"),
	[
		(D(2026, 4, 30), "令和8年4月30日"),
		(D(2019, 5, 1), "令和元年5月1日"),
		(D(2019, 4, 30), "平成31年4月30日"),
		(D(1989, 1, 8), "平成元年1月8日"),
		(D(1989, 1, 7), "昭和64年1月7日"),
		(D(1926, 12, 25), "昭和元年12月25日"),
		(D(1926, 12, 24), "大正15年12月24日"),
		(D(1912, 7, 30), "大正元年7月30日"),
		(D(1912, 7, 29), "明治45年7月29日"),
		(D(1873, 1, 1), "明治6年1月1日"),
		(D(1872, 12, 31), "1872年12月31日"),
		(D(1868, 10, 23), "1868年10月23日"),
	],
)
def test_era_date_uses_the_era_of_the_day(day, written):
	assert era.era_date(day) == written
	assert era.parse_era(written) == day


def test_every_day_of_two_decades_is_parsed_back():
	seen = set()
	for day in days(D(2015, 1, 1), D(2035, 12, 31)):
		written = era.era_date(day)
		assert era.parse_era(written) == day
		seen.add(written)
	assert len(seen) == 7670


def test_eras_are_contiguous():
	for first in (D(1912, 7, 30), D(1926, 12, 25), D(1989, 1, 8), D(2019, 5, 1)):
		before = first - datetime.timedelta(days=1)
		assert era.era_date(first)[:2] != era.era_date(before)[:2]
		assert "元年" in era.era_date(first) and "元年" not in era.era_date(before)


@pytest.mark.parametrize(
	"text",
	[
		"R8.4.30",
		"r8.4.30",
		"R08.04.30",
		"R8/4/30",
		"R8-4-30",
		"令和８年４月３０日",
		"Ｒ８．４．３０",
		"㋿8年4月30日",
		"令和 8年 4月30日",
		"　令和8年04月30日 ",
		"令和8年4月30日\n",
	],
)
def test_days_as_people_write_them_are_parsed(text):
	assert era.parse_era(text) == D(2026, 4, 30)


@pytest.mark.parametrize(
	("text", "day"),
	[
		("令和元年", D(2019, 5, 1)),
		("令和元年5月", D(2019, 5, 1)),
		("令和1年5月1日", D(2019, 5, 1)),
		("令和元年12月", D(2019, 12, 1)),
		("平成31年", D(2019, 1, 1)),
		("昭和元年12月", D(1926, 12, 25)),
		("令和8年", D(2026, 1, 1)),
		("令和8年7月", D(2026, 7, 1)),
		("S64.1.7", D(1989, 1, 7)),
		("H元.1.8", D(1989, 1, 8)),
		("平成30年2月28日", D(2018, 2, 28)),
		("令和6年2月29日", D(2024, 2, 29)),
	],
)
def test_year_or_month_alone_is_its_first_day_within_the_era(text, day):
	assert era.parse_era(text) == day


@pytest.mark.parametrize(
	"text",
	[
		"",
		" ",
		"令和",
		"令和年4月30日",
		"8年4月30日",
		"R8",
		"X8.4.30",
		"令和8年4月30",
		"令和8年度",
		"2026-04-30",
		"2026/4/30",
		"令和8年4月30日まで",
		"令和八年四月三十日",
		"٢",
		"令和٨年4月30日",
		"ＲＲ8.4.30",
		"令和8.4月30日",
		"2026年4月",
		"26年4月30日",
		None,
		8,
		D(2026, 4, 30),
	],
)
def test_texts_that_are_no_era_dates_are_refused(text):
	with pytest.raises(era.NotAnEraDate):
		era.parse_era(text)


@pytest.mark.parametrize("text", ["令和8年4月31日", "令和7年2月29日", "令和8年13月1日", "令和8年0月1日", "令和8年4月0日", "令和0年4月1日"])
def test_nonexistent_days_are_refused(text):
	with pytest.raises(era.NoSuchDay):
		era.parse_era(text)


@pytest.mark.parametrize(
	("text", "right"),
	[
		("平成31年5月1日", "令和元年5月1日"),
		("平成32年3月31日", "令和2年3月31日"),
		("令和元年4月30日", "平成31年4月30日"),
		("令和元年4月", "平成31年4月30日"),
		("昭和64年1月8日", "平成元年1月8日"),
		("平成元年1月7日", "昭和64年1月7日"),
		("明治5年12月1日", "1872年12月1日"),
	],
)
def test_day_outside_its_era_is_refused_with_the_right_date(text, right):
	with pytest.raises(era.WrongEra) as refusal:
		era.parse_era(text)
	assert refusal.value.args_ == (text, right)
	assert right in str(refusal.value)


def test_fiscal_year_begins_on_1_april():
	assert era.fiscal_year(D(2026, 3, 31)) == 2025
	assert era.fiscal_year(D(2026, 4, 1)) == 2026
	assert era.fiscal_year(D(2027, 1, 1)) == 2026
	assert era.fiscal_year("2026-04-01") == 2026
	assert era.fiscal_year(datetime.datetime(2026, 3, 31, 23, 59)) == 2025


def test_every_day_is_in_the_range_of_exactly_its_fiscal_year():
	for day in days(D(2015, 1, 1), D(2035, 12, 31)):
		fy = era.fiscal_year(day)
		first, last = era.fiscal_year_range(fy)
		assert first <= day <= last
		assert era.fiscal_year_range(fy - 1)[1] < day < era.fiscal_year_range(fy + 1)[0]


def test_fiscal_year_has_twelve_months():
	assert era.fiscal_year_range(2026) == (D(2026, 4, 1), D(2027, 3, 31))
	for fy in range(2000, 2060):
		first, last = era.fiscal_year_range(fy)
		assert (last - first).days + 1 == (366 if (fy + 1) % 4 == 0 else 365)


@pytest.mark.parametrize(
	("fy", "short", "long"),
	[
		(2026, "令和8年度", "令和8年度"),
		(2019, "令和元年度", "平成31年度（令和元年度）"),
		(2018, "平成30年度", "平成30年度"),
		(2020, "令和2年度", "令和2年度"),
		(1989, "平成元年度", "平成元年度"),
		(1988, "昭和63年度", "昭和63年度"),
		(1926, "昭和元年度", "大正15年度（昭和元年度）"),
		(1870, "1870年度", "1870年度"),
	],
)
def test_fiscal_years_are_named_by_era(fy, short, long):
	assert era.era_year(fy) == short
	assert era.era_year(fy, long=True) == long


def test_names_of_fiscal_years_are_read_in_texts():
	for fy in range(1873, 2100):
		assert era.in_year(era.era_year(fy), fy + 1) == era.era_year(fy + 1)
	for text in ("令和８年度", "令和 8 年度"):
		assert era.in_year(text, 2027) == "令和9年度"
	assert era.in_year("２０２６年度", 2027) == "2027年度"
	assert era.in_year("平成31年度", 2020) == era.in_year("令和元年度", 2020) == "令和2年度"


@pytest.mark.parametrize("text", ["平成32年度", "昭和65年度", "令和8年", "8年度", "元年度", "年度", "", "令和0年度"])
def test_what_names_no_fiscal_year_stays(text):
	assert era.in_year(text, 2030) == text


@pytest.mark.parametrize("fy", [None, "2026", 2026.0, True, 0, -1, 9999])
def test_fiscal_years_are_integers_within_range(fy):
	with pytest.raises(era.NotAFiscalYear):
		era.fiscal_year_range(fy)
	with pytest.raises(era.NotAFiscalYear):
		era.era_year(fy)


@pytest.mark.parametrize("value", [None, "", "2026-4-30", "2026-02-30", "令和8年4月30日", 20260430, "２０２６-04-30"])
def test_values_that_are_no_dates_are_refused(value):
	for function in (era.era_date, era.fiscal_year):
		with pytest.raises(era.NotADate) as refusal:
			function(value)
		assert isinstance(refusal.value, RuleError) and isinstance(refusal.value, ValueError)


def test_japanera_has_the_official_dates():
	from japanera import ERA_DATA_GENERAL

	table = {row.kanji: (row.since, row.english_head) for row in ERA_DATA_GENERAL}
	assert table["令和"] == (D(2019, 5, 1), "R")
	assert table["平成"] == (D(1989, 1, 8), "H")
	assert table["昭和"] == (D(1926, 12, 25), "S")
	assert table["大正"] == (D(1912, 7, 30), "T")
