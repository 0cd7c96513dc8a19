"""Days as people type them.

Source: domain.md §7 "Typing" (令和8年12月18日, R8.12.18 and 8.12.18 are read as meant or refused: never another day).
public/js/common/typed.js reads the same in a browser; tests/typed.json holds the cases of both.
"""

from __future__ import annotations

import datetime
import re
from typing import NoReturn

from .clock import time_of_day
from .era import FIRST_MONTH, WEEKDAYS, Era, NoSuchDay, NotAFiscalYear, WrongEra, era_date, era_day, era_year, eras
from .errors import RuleError
from .width import HYPHENS, half_width

NEAR = datetime.timedelta(days=2 * 365)  # 8.12.18 without an era is 令和8年 as long as that is close to today
LATEST = datetime.timedelta(days=10 * 365)  # nobody writes of a year much later than this

FIRST_WESTERN = 1000
NEAR_YEARS, LATEST_YEARS = 5, 10
_LIGATURES = str.maketrans({"㋿": "令和", "㍻": "平成", "㍼": "昭和", "㍽": "大正", "㍾": "明治"})
_HYPHEN = re.compile(f"[{HYPHENS}]")
_YEAR = r"(?P<era>[^\W\d_]{1,2})?(?P<year>元|[0-9]{4}|[0-9]{1,2})"
_DAY = re.compile(
	rf"{_YEAR}(?:年(?P<month>[0-9]{{1,2}})月(?P<day>[0-9]{{1,2}})日"
	r"|(?P<sign>[./-])(?P<month2>[0-9]{1,2})(?P=sign)(?P<day2>[0-9]{1,2}))"
	rf"(?:\((?P<weekday>[{WEEKDAYS}])(?:曜日?)?\))?"
)
_FISCAL_YEAR = re.compile(r"(?P<era>[^\W\d_]{1,2})?(?P<year>元|[0-9]{4}|[0-9]{1,2})(?:\.0+)?(?:年度?)?")
_EIGHT_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_NO_DAY = re.compile(r"(?:[^\W\d_]{1,2})?(?:元|[0-9]{1,4})年(?:[0-9]{1,2}月)?|(?:[^\W\d_]{1,2}(?:元|[0-9]{1,2})|[0-9]{4})[./-][0-9]{1,2}")
_NO_YEAR = re.compile(r"[0-9]{1,2}月[0-9]{1,2}日|[0-9]{1,2}[./-][0-9]{1,2}")
_MOMENT = re.compile(r"(?P<day>.+?)(?:[ T]+|(?<=[日)]))(?P<time>[0-9]{1,2}[:時].*)")


class NotATypedDay(RuleError):
	"""A text is not a date."""

	source = "“{0}” is not a date. Please write it like 令和8年12月18日, R8.12.18 or 2026-12-18."


class UnclearEra(RuleError):
	"""A year without its era may be one or another."""

	source = "It is not clear which year “{0}” means: {1} or {2}? Please write the era or all four digits of the year."


class EraMissing(RuleError):
	"""A year without its era."""

	source = "The era is missing in “{0}”. If you mean {1}, please write it like that."


class YearMissing(RuleError):
	"""A date without its year."""

	source = "The year is missing in “{0}”. Please write it like 令和8年12月18日 or 2026-12-18."


class NotATypedYear(RuleError):
	"""A text is not a fiscal year."""

	source = "“{0}” is not a fiscal year. Please write it like 令和8年度 or 2026."


class DayMissing(RuleError):
	"""A date without its day or month."""

	source = "“{0}” is not a whole date. Please write the day as well, like 令和8年12月18日."


class WrongWeekday(RuleError):
	"""The weekday in a text is not that of the date."""

	source = "The date and its weekday contradict each other in “{0}”: that day is {1}."


def read_day(text: str, today: datetime.date) -> datetime.date | None:
	"""The day a text means: 令和８年12月18日（金）, R8.12.18, 2026/12/18; None for an empty one.

	8.12.18 without an era is read where 令和8年 is close to `today`. Raises NotATypedDay, UnclearEra, EraMissing, YearMissing,
	DayMissing, WrongWeekday, era.NoSuchDay, era.WrongEra.
	"""
	plain = _HYPHEN.sub("-", re.sub(r"\s+", "", half_width(text.translate(_LIGATURES))))
	if not plain:
		return None
	found = _DAY.fullmatch(_EIGHT_DIGITS.sub(r"\1-\2-\3", plain) if _EIGHT_DIGITS.fullmatch(plain) else plain)
	if not found:
		_refuse(_short(text), plain)
	meant = _meant(found, today, _short(text))
	if found["weekday"] and WEEKDAYS[meant.weekday()] != found["weekday"]:
		raise WrongWeekday(_short(text), era_day(meant))
	return meant


def read_moment(text: str, today: datetime.date) -> str | None:
	"""“2026-12-18 17:00:00” from 令和8年12月18日 17時; midnight for a day alone. Raises as `read_day`, clock.NotATimeOfDay."""
	found = _MOMENT.fullmatch(half_width(text).strip())
	day = read_day(found["day"] if found else text, today)
	return f"{day} {time_of_day(found['time']) if found else '00:00'}:00" if day else None


def read_fiscal_year(text: str, today: datetime.date) -> int | None:
	"""The fiscal year a text means: 令和8年度, R8, 2026年度 → 2026; None for an empty one.

	8年度 or 8 without an era is read where 令和8年度 is close to `today`. Raises NotATypedYear, UnclearEra, EraMissing,
	era.NotAFiscalYear.
	"""
	plain = re.sub(r"\s+", "", half_width(text.translate(_LIGATURES))).replace(",", "")
	if not plain:
		return None
	found = _FISCAL_YEAR.fullmatch(plain)
	if not found:
		raise NotATypedYear(_short(text))
	year = 1 if found["year"] == "元" else int(found["year"])
	if found["era"]:
		era = next((era for era in eras() if found["era"] in _names(era)), None)
		if era is None or not year:
			raise NotATypedYear(_short(text))
		return _year_in_era(era, year, _short(text))
	return year if year >= FIRST_WESTERN else _year_without_era(year, today, _short(text))


def _year_in_era(era: Era, year: int, text: str) -> int:
	"""The fiscal year that bears a year of an era: also 平成31年度, which began before 令和."""
	meant = era.since.year + year - 1
	first, last = datetime.date(meant, FIRST_MONTH, 1), datetime.date(meant, 12, 31)
	if last < era.since or (era.until is not None and first >= era.until):
		raise NotAFiscalYear(text)
	return meant


def _year_without_era(year: int, today: datetime.date, text: str) -> int:
	current = eras()[-1]
	meant = current.since.year + year - 1
	if year and abs(meant - today.year) <= NEAR_YEARS:
		return meant
	if not year:
		raise NotATypedYear(text)
	raise EraMissing(text, f"{era_year(meant)}" if meant <= today.year + LATEST_YEARS else f"{2000 + year}年度")


def _meant(found: re.Match, today: datetime.date, text: str) -> datetime.date:
	year = 1 if found["year"] == "元" else int(found["year"])
	month, day = int(found["month"] or found["month2"]), int(found["day"] or found["day2"])
	if found["era"]:
		era = next((era for era in eras() if found["era"] in _names(era)), None)
		if era is None:
			raise NotATypedDay(text)
		return _in_era(era, year, month, day, text)
	if year < FIRST_WESTERN:  # also 0008-12-18, which browsers make of an 8 in a date input
		return _without_era(year, month, day, today, text)
	return _existing(_day(year, month, day), text)


def _in_era(era: Era, year: int, month: int, day: int, text: str) -> datetime.date:
	meant = _existing(_day(era.since.year + year - 1, month, day) if year else None, text)
	if not _within(era, meant):
		raise WrongEra(text, era_date(meant))
	return meant


def _existing(day: datetime.date | None, text: str) -> datetime.date:
	if day is None:
		raise NoSuchDay(text)
	return day


def _names(era: Era) -> tuple[str, ...]:
	return era.kanji, era.kanji[0], era.english_head, era.english_head.lower()


def _without_era(year: int, month: int, day: int, today: datetime.date, text: str) -> datetime.date:
	"""The day in the current era if that is close to `today`. Otherwise raises what asks for the era."""
	readings = [found for era in reversed(eras()) if (found := _day(era.since.year + year - 1, month, day)) and _within(era, found)]
	if readings and readings[0] >= eras()[-1].since and abs(readings[0] - today) <= NEAR:
		return readings[0]
	western = _day(2000 + year, month, day)
	likely = [western] if western and abs(western - today) <= NEAR else []
	likely += [found for found in readings if found <= today + LATEST]
	if not likely:
		raise NoSuchDay(text)
	if len(likely) == 1:
		raise EraMissing(text, era_date(likely[0]))
	raise UnclearEra(text, era_date(likely[1]), era_date(likely[0]))


def _within(era: Era, day: datetime.date) -> bool:
	return era.since <= day and (era.until is None or day < era.until)


def _day(year: int, month: int, day: int) -> datetime.date | None:
	try:
		return datetime.date(year, month, day)
	except ValueError:
		return None


def _refuse(text: str, plain: str) -> NoReturn:
	if _NO_DAY.fullmatch(plain):
		raise DayMissing(text)
	if _NO_YEAR.fullmatch(plain):
		raise YearMissing(text)
	raise NotATypedDay(text)


def _short(text: str) -> str:
	return text.strip()[:40]
