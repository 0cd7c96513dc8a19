"""Eras (元号) and fiscal years (年度).

Sources: domain.md §4 "Time" (年度 is April–March, named by its first year; 令和元年 = 2019; 平成31年
and 令和元年 are one 年度), standards.md "Eras". A fiscal year is an int: the year in which April falls.
The eras come from japanera, whose own functions write 令和1年04月30日 and cannot read 令和8年4月30日, so writing and
reading are implemented here.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from functools import lru_cache

from japanera import ERA_DATA_GENERAL, Era

from .errors import RuleError

# Japan adopted the Gregorian calendar on this day (明治6年1月1日); earlier era years are lunar.
GREGORIAN_SINCE = datetime.date(1873, 1, 1)
WEEKDAYS = "月火水木金土日"
NO_DATE = "令和　　年　　月　　日"  # a date to be filled in by hand
FIRST_MONTH = 4


class NotADate(RuleError):
	"""A value is neither a date nor an ISO text."""

	source = "“{0}” is not a date."


class NotAnEraDate(RuleError):
	"""A text is not a date in the Japanese calendar."""

	source = "“{0}” is not a date in the Japanese calendar. Write it like 令和8年4月30日 or R8.4.30."


class NoSuchDay(RuleError):
	"""A date does not exist."""

	source = "“{0}” is not a day in the calendar."


class WrongEra(RuleError):
	"""Raised for a date that belongs to another era than the one written."""

	source = "“{0}” is not in that era. The date is {1}."


class NotAFiscalYear(RuleError):
	"""A value is not a fiscal year, or a year that its era never reached."""

	source = "“{0}” is not a fiscal year."


def as_date(value: datetime.date | str) -> datetime.date:
	"""A date from a date, a datetime or an ISO text (2026-04-30). Raises NotADate."""
	if isinstance(value, datetime.datetime):
		return value.date()
	if isinstance(value, datetime.date):
		return value
	if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
		try:
			return datetime.date.fromisoformat(value)
		except ValueError:
			raise NotADate(value) from None
	raise NotADate(value)


def fiscal_year(date: datetime.date | str) -> int:
	"""The fiscal year of a day: 2026-03-31 → 2025, 2026-04-01 → 2026. Raises NotADate."""
	day = as_date(date)
	return day.year if day.month >= FIRST_MONTH else day.year - 1


def as_fiscal_year(fy: int) -> int:
	"""The fiscal year itself, if it is an int from 1 to 9998. Raises NotAFiscalYear."""
	if not is_fiscal_year(fy):
		raise NotAFiscalYear(fy)
	return fy


def is_fiscal_year(fy: object) -> bool:
	"""Whether a value is an int from 1 to 9998, the years whose days there are."""
	return isinstance(fy, int) and not isinstance(fy, bool) and 1 <= fy <= 9998


def fiscal_year_range(fy: int) -> tuple[datetime.date, datetime.date]:
	"""First and last day of a fiscal year: 2026 → (2026-04-01, 2027-03-31). Raises NotAFiscalYear."""
	fy = as_fiscal_year(fy)
	return datetime.date(fy, FIRST_MONTH, 1), datetime.date(fy + 1, FIRST_MONTH, 1) - datetime.timedelta(days=1)


def era_date(date: datetime.date | str) -> str:
	"""A day as public documents write it: 令和8年4月30日, 令和元年5月1日.

	Days before 明治6年1月1日 (1873-01-01) are written with the Western year (1868年10月23日). Raises NotADate.
	"""
	day = as_date(date)
	return f"{_year(day)}{day.month}月{day.day}日"


def era_day(date: datetime.date | str) -> str:
	"""A day with its weekday: 令和8年4月30日（木）. Raises NotADate."""
	return f"{era_date(date)}（{WEEKDAYS[as_date(date).weekday()]}）"


def short_day(date: datetime.date | str, today: datetime.date | str) -> str:
	"""A day as clerks write it: 4月30日（木）; with its era year in another fiscal year than today. Raises NotADate."""
	day = as_date(date)
	year = "" if fiscal_year(day) == fiscal_year(today) else _year(day)
	return f"{year}{day.month}月{day.day}日（{WEEKDAYS[day.weekday()]}）"


def era_date_and_time(date: datetime.date | str, begins_at: str = "", ends_at: str = "") -> str:
	"""令和8年5月20日（水）18時30分から20時30分まで; times are "HH:MM" or "". Raises NotADate."""
	return era_day(date) + (from_time(begins_at) if begins_at else "") + (f"{time_text(ends_at)}まで" if ends_at else "")


def from_time(time: str) -> str:
	"""18時30分から"""
	return f"{time_text(time)}から"


def time_text(time: str) -> str:
	"""18時30分 for "18:30", 18時 for "18:00"."""
	hour, _colon, minute = time.partition(":")
	return f"{int(hour)}時" + (f"{minute}分" if int(minute or 0) else "")


def dates_in(text: str) -> set[str]:
	"""The dates in a text, as written by `era_date`."""
	return set(_IN_TEXT.findall(text or ""))


def era_year(fy: int, long: bool = False) -> str:
	"""A fiscal year: 2026 → 令和8年度, 2019 → 令和元年度.

	A year in which the era changes after April is one 年度 (domain.md §4): it bears the later era, or with `long` both:
	平成31年度（令和元年度）. 1988 stays 昭和63年度, because 平成 began in its January, after the year had been named. Raises
	NotAFiscalYear.
	"""
	fy = as_fiscal_year(fy)
	first, last = _year(datetime.date(fy, FIRST_MONTH, 1)), _year(datetime.date(fy, 12, 31))
	if long and first != last:
		return f"{first}度（{last}度）"
	return f"{last}度"


def short_year(fy: int) -> str:
	"""A fiscal year in few letters, for pictures: 2026 → R8, 2019 → R1. Raises NotAFiscalYear."""
	last = datetime.date(as_fiscal_year(fy), 12, 31)
	era = _era_at(last)
	return f"{era.english[0]}{last.year - era.since.year + 1}" if era else str(fy)


def parse_era(text: str) -> datetime.date:
	"""A day from 令和8年4月30日, 令和元年5月1日, R8.4.30 or r8/4/30, also with full-width digits and spaces.

	Without a day it is the first of the month; with a year alone (令和8年), the first day of that year within the era (令和元年 →
	2019-05-01). Also reads 1868年10月23日, as `era_date` writes early days. Raises NotAnEraDate (no such text), NoSuchDay
	(31 April), WrongEra (平成31年5月1日), which names the right date.
	"""
	parts = _match(text)
	month, day = (int(parts[name]) if parts[name] else None for name in ("month", "day"))
	era = _era_of(parts["era"], text) if parts["era"] else None
	if era is None:
		if len(parts["year"]) != 4 or day is None:
			raise NotAnEraDate(text)
		return _day(int(parts["year"]), month, day, text)
	year = _western_year(era, parts["year"], text)
	found = _day(year, 1 if month is None else month, 1 if day is None else day, text)
	if day is None and found < era.since:
		# 令和元年 and 令和元年5月 mean the part that belongs to 令和.
		found = min(era.since, _period_end(year, month))
	return _check_era(era, found, text)


def in_year(text: str, fy: int) -> str:
	"""A name moved to another fiscal year: its first year becomes `fy`, later ones keep their distance.

	令和7年度 市民提案型（令和8年度に実施） in 2026 → 令和8年度 市民提案型（令和9年度に実施）. Raises NotAFiscalYear for `fy`.
	"""
	fy = as_fiscal_year(fy)
	years = [year for found in _YEAR_IN_TEXT.finditer(text) if (year := _read_year(found)) is not None]
	moved = fy - years[0] if years else 0

	def said(found: re.Match) -> str:
		year = _read_year(found)
		if year is None or not moved:
			return found[0]
		return era_year(year + moved) if found["era"] else f"{year + moved}年度"

	return _YEAR_IN_TEXT.sub(said, text)


def _read_year(found: re.Match) -> int | None:
	try:
		return _fiscal_year_of(found["era"], unicodedata.normalize("NFKC", found["year"]), found[0])
	except RuleError:
		return None


_YEAR_IN_TEXT = re.compile(r"(?:(?P<era>明治|大正|昭和|平成|令和)\s*)?(?P<year>元|[0-9０-９]{1,4})\s*年度")
_IN_TEXT = re.compile(r"(?:明治|大正|昭和|平成|令和)(?:元|[0-9]{1,2})年[0-9]{1,2}月[0-9]{1,2}日")
_DATE = re.compile(
	r"(?P<era>[^\W\d_]{1,2})?(?P<year>元|[0-9]{1,4})(?:"
	r"年(?:(?P<month>[0-9]{1,2})月(?:(?P<day>[0-9]{1,2})日)?)?"
	r"|[./-](?P<month2>[0-9]{1,2})[./-](?P<day2>[0-9]{1,2}))"
)


def _match(text: str) -> dict[str, str | None]:
	if not isinstance(text, str):
		raise NotAnEraDate(text)
	# NFKC folds full-width digits and the one-character eras (㋿ → 令和).
	plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
	found = _DATE.fullmatch(plain)
	if not found:
		raise NotAnEraDate(text)
	parts = found.groupdict()
	if parts.get("month2"):
		parts["month"], parts["day"] = parts["month2"], parts["day2"]
		if not parts["era"]:
			raise NotAnEraDate(text)
	return parts


@lru_cache(maxsize=1)
def eras() -> tuple[Era, ...]:
	"""Meiji and later, oldest first: `kanji`, `english_head`, `since` and `until`."""
	return tuple(era for era in ERA_DATA_GENERAL if era.until is None or era.until > GREGORIAN_SINCE)


def _era_at(day: datetime.date) -> Era | None:
	if day < GREGORIAN_SINCE:
		return None
	return next(era for era in reversed(eras()) if era.since <= day)


def _era_of(name: str, text: str) -> Era:
	for era in eras():
		if name in (era.kanji, era.english_head, era.english_head.lower()):
			return era
	raise NotAnEraDate(text)


def _year(day: datetime.date) -> str:
	era = _era_at(day)
	if era is None:
		return f"{day.year}年"
	number = day.year - era.since.year + 1
	return f"{era.kanji}{'元' if number == 1 else number}年"


def _western_year(era: Era, number: str, text: str) -> int:
	count = 1 if number == "元" else int(number)
	year = era.since.year + count - 1
	if count < 1 or year > 9998:
		raise NoSuchDay(text)
	return year


def _day(year: int, month: int, day: int, text: str) -> datetime.date:
	try:
		return datetime.date(year, month, day)
	except ValueError:
		raise NoSuchDay(text) from None


def _period_end(year: int, month: int | None) -> datetime.date:
	following = datetime.date(year + 1, 1, 1) if month in (None, 12) else datetime.date(year, month + 1, 1)
	return following - datetime.timedelta(days=1)


def _check_era(era: Era, day: datetime.date, text: str) -> datetime.date:
	if _era_at(day) != era:
		raise WrongEra(text, era_date(day))
	return day


def _fiscal_year_of(era_name: str | None, number: str, text: str) -> int:
	if not era_name:
		if len(number) != 4:
			raise NotAnEraDate(text)
		return as_fiscal_year(int(number))
	era = _era_of(era_name, text)
	fy = _western_year(era, number, text)
	first, last = _era_at(datetime.date(fy, FIRST_MONTH, 1)), _era_at(datetime.date(fy, 12, 31))
	if era not in (first, last):
		raise NotAFiscalYear(text)
	return fy
