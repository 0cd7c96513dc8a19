"""Lists of organisations: cleaning the cells of a row.

Sources: domain.md §5 "Text", standards.md (the 20 活動分野). A cell is what csv or openpyxl return: text, number, date or None.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Any

from .codes import clean_corporate_number, clean_postal_code, valid_corporate_number, valid_postal_code
from .era import parse_era
from .errors import RuleError
from .organisation_columns import cell_line, cell_text, field_label
from .textkeys import search_key, to_katakana

MAX_LINE_LENGTH = 140
MAX_PHONE_LENGTH = 20  # a record with a longer one could not be saved in the desk

LINES = ("organisation_name", "organisation_kana", "representative", "authority")

DATES = ("established_on", "registered_on", "valid_until")

# Excel counts 1900 as a leap year
EXCEL_EPOCH = datetime.date(1899, 12, 30)

# the 20 fields of 特定非営利活動促進法, by words that also distinguish them in everyday lists
ACTIVITIES = {
	"01": "保健 医療 福祉",
	"02": "社会教育 生涯学習",
	"03": "まちづくり",
	"04": "観光",
	"05": "農山漁村 中山間",
	"06": "学術 文化 芸術 スポーツ",
	"07": "環境",
	"08": "災害 防災",
	"09": "地域安全 防犯",
	"10": "人権 平和",
	"11": "国際",
	"12": "男女共同",
	"13": "子ども こども 子供 子育て 青少年",
	"14": "情報化 ict",
	"15": "科学技術",
	"16": "経済",
	"17": "職業 雇用",
	"18": "消費者",
	"19": "連絡、助言 中間支援",
	"20": "条例で定める",
}


class TooLong(RuleError):
	"""A text exceeds the length of its field."""

	source = "{0} is too long: at most {1} characters."


class BadCorporateNumber(RuleError):
	"""A corporate number is invalid."""

	source = "The corporate number “{0}” is not valid (13 digits with a check digit)."


class BadPostalCode(RuleError):
	"""A postal code does not have seven digits."""

	source = "The postal code “{0}” does not have seven digits."


class BadPhone(RuleError):
	"""A phone number contains other characters."""

	source = "The phone number “{0}” cannot be read."


class BadEmail(RuleError):
	"""An email address is invalid."""

	source = "The email address “{0}” cannot be read."


class BadWebsite(RuleError):
	"""A web address is invalid."""

	source = "The web address “{0}” cannot be read."


class BadDate(RuleError):
	"""A text is not a date."""

	source = "{0}: “{1}” cannot be read as a date. Please write 2003-04-01 or 平成15年4月1日."


class BadNumber(RuleError):
	"""A text is not a number."""

	source = "{0}: “{1}” cannot be read as a number."


class LostDigits(RuleError):
	"""A spreadsheet has rounded a number to a power of ten."""

	source = (
		"{0}: the digits of “{1}” were lost when the list was saved. In the original list, please format the column as text, enter the "
		"numbers again where they are rounded, and save it again."
	)


class DittoMark(RuleError):
	"""A cell refers to the row above."""

	source = "{0}: “{1}” refers to the row above. Please write out what it means."


class FormulaError(RuleError):
	"""A formula has failed, or was never computed."""

	source = "{0}: “{1}” is the error of a formula, or a formula that was never computed. Please open the list in Excel and save it again."


class ShiftedValue(RuleError):
	"""A cell contains what belongs to another column."""

	source = "{0}: “{1}” does not look like one. Please check whether the cells of this row are in the right columns."


class HasTags(RuleError):
	"""A text contains HTML tags."""

	source = "{0} contains HTML tags."


class Dissolved(RuleError):
	"""The list marks the organisation as dissolved."""

	source = "The list says that this organisation has been dissolved ({0})."


NOT_COMPUTED = "#CALC!"

_FORMULA_ERRORS = re.compile(r"#(REF|N/A|VALUE|NAME|DIV/0|NUM|NULL|SPILL|CALC)[!?]?|#{3,}")
_DITTOS = {"〃", "〟", "”", "同上", "々", "々々", '"', "''", "仝"}
_EXPONENT = re.compile(r"[0-9](\.[0-9]+)?e\+?[0-9]{1,3}", re.IGNORECASE)
_DIGITS_ONLY = ("corporate_number", "postal_code", "phone", "member_count", *DATES)
# an email or web address, a postal code, a phone number, a day
_OTHER_THINGS = re.compile(
	r"[^@\s]+@[^@\s]+\.[^@\s]+|https?://.*|〒?\s*[0-9]{3}-?[0-9]{4}|[+(]?0[0-9]{1,4}[-() ]{0,2}[0-9]{1,4}[-() ]{1,2}[0-9]{3,4}|0[0-9]{9,10}|"
	r"[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?",
	re.IGNORECASE,
)


def clean_cell(field: str, cell: Any) -> Any:
	"""The value of a cell for a field. Raises one of the refusals above."""
	_check_meant(field, cell_line(cell))
	if field in _CLEANERS:
		return _CLEANERS[field](cell)
	if field in DATES:
		return _date(field, cell)
	text = cell_text(cell) if field in ("purpose", "address") else cell_line(cell)
	if re.search(r"<[a-zA-Z/!?]", text):
		raise HasTags(field_label(field))
	if field in LINES and len(text) > MAX_LINE_LENGTH:
		raise TooLong(field_label(field), MAX_LINE_LENGTH)
	return text


def _check_meant(field: str, text: str) -> None:
	"""Raise a refusal for a cell that does not contain its value."""
	label, shown, folded = field_label(field), text[:60], re.sub(r"[‐‑‒–—―−ー]", "-", _folded(text))
	if text in _DITTOS:
		raise DittoMark(label, shown)
	if _FORMULA_ERRORS.fullmatch(text):
		raise FormulaError(label, shown)
	if field in _DIGITS_ONLY and _EXPONENT.fullmatch(folded):
		raise LostDigits(label, shown)
	if field in ("organisation_name", "representative", "address") and _OTHER_THINGS.fullmatch(folded):
		raise ShiftedValue(label, shown)
	if field in ("organisation_name", "representative") and re.fullmatch(r"[0-9]+", folded):
		raise ShiftedValue(label, shown)


def _folded(cell: Any) -> str:
	return unicodedata.normalize("NFKC", cell_line(cell))


def _kana(cell: Any) -> str:
	text = to_katakana(cell_line(cell))
	if len(text) > MAX_LINE_LENGTH:
		raise TooLong(field_label("organisation_kana"), MAX_LINE_LENGTH)
	return text


def _corporate_number(cell: Any) -> str:
	number = clean_corporate_number(cell_line(cell))
	if not valid_corporate_number(number):
		raise BadCorporateNumber(cell_line(cell))
	return number


def _postal_code(cell: Any) -> str:
	text = _folded(cell)
	digits = re.sub(r"\D", "", text)
	if len(digits) == 6 and digits == text:
		text = "0" + digits  # a spreadsheet dropped the leading zero of a number
	if not valid_postal_code(text):
		raise BadPostalCode(cell_line(cell))
	return clean_postal_code(text)


def _phone(cell: Any) -> str:
	text = re.sub(r"[‐‑‒–—―−ーｰ]", "-", _folded(cell))
	text = re.sub(r"^(tel|電話)[.:]?\s*", "", text, flags=re.IGNORECASE)
	if isinstance(cell, (int, float)) and len(text) in (9, 10) and text[0] != "0":
		text = "0" + text
	text = re.sub(r"\s*[/、,;・]\s*", ", ", text)
	if not re.fullmatch(r"[0-9 +_\-,.*#()]{6,140}", text):
		raise BadPhone(cell_line(cell)[:60])
	if len(text) > MAX_PHONE_LENGTH:
		raise TooLong(field_label("phone"), MAX_PHONE_LENGTH)
	return text


def _email(cell: Any) -> str:
	found = [part for part in re.split(r"[\s,、;/]+", _folded(cell)) if part]
	if not all(re.fullmatch(r"[^@\s<>()]+@[^@\s<>()]+\.[A-Za-z0-9-]{2,}", part) for part in found):
		raise BadEmail(cell_line(cell)[:60])
	text = ", ".join(found)
	if len(text) > MAX_LINE_LENGTH:
		raise TooLong(field_label("email"), MAX_LINE_LENGTH)
	return text


def _website(cell: Any) -> str:
	text = _folded(cell)
	if re.match(r"[\w-]+(\.[\w-]+)+(/|$)", text):
		text = f"http://{text}"
	if not re.fullmatch(r"https?://[^\s<>\"']+\.[^\s<>\"']+", text, re.IGNORECASE) or len(text) > MAX_LINE_LENGTH:
		raise BadWebsite(cell_line(cell)[:60])
	return text


def _date(field: str, cell: Any) -> datetime.date:
	"""A date from a date, an Excel day number (also as text), 2003-04-01, 2003/4/1, 20030401, 2003年4月1日, 平成15年4月1日 or H15.4.1.

	A year or month alone is its first day, as in `rules/era.py`. Raises BadDate.
	"""
	if isinstance(cell, datetime.datetime):
		return cell.date()
	if isinstance(cell, datetime.date):
		return cell
	text = _folded(cell).rstrip("～~-")
	try:
		days = float(text) if re.fullmatch(r"[0-9]{5}", text) else cell
		if isinstance(days, int | float) and 3000 < days < 80_000:
			return EXCEL_EPOCH + datetime.timedelta(days=int(days))
		parts = re.fullmatch(r"([0-9]{4})(?:[-/.年]([0-9]{1,2})(?:[-/.月]([0-9]{1,2}))?)?[年月日]?(?: 0?0:00(:00)?)?", text)
		parts = parts or re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", text)
		if parts:
			return datetime.date(*(int(part or 1) for part in parts.groups()[:3]))
		return parse_era(text)
	except (RuleError, ValueError, OverflowError):
		raise BadDate(field_label(field), cell_line(cell)[:60]) from None


def _member_count(cell: Any) -> int:
	text = re.sub(r"\([^()]*\)$", "", _folded(cell).replace(" ", ""))  # 15名（うち市内10名）
	found = re.fullmatch(r"約?([0-9]{1,10}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(名|人|世帯|団体|社|店)?(程度|以上|余|余り)?", text)
	if not found or int(found[1].replace(",", "")) > 2**31 - 1:
		raise BadNumber(field_label("member_count"), cell_line(cell)[:60])
	return int(found[1].replace(",", ""))


def named_activities(cell: Any) -> list[str]:
	"""Codes of the 活動分野 that a cell names by number or words."""
	text = search_key(cell_line(cell))
	numbers = {f"{int(found):02}" for found in re.findall(r"(?<![0-9])(20|1[0-9]|0?[1-9])(?![0-9])", text)}
	return sorted(numbers | {code for code, words in _ACTIVITY_KEYS.items() if any(word in text for word in words)})


_ACTIVITY_KEYS = {code: [search_key(word) for word in words.split()] for code, words in ACTIVITIES.items()}


def _dissolved(cell: Any) -> None:
	raise Dissolved(cell_line(cell)[:60])


_CLEANERS = {
	"organisation_kana": _kana,
	"corporate_number": _corporate_number,
	"postal_code": _postal_code,
	"phone": _phone,
	"email": _email,
	"website": _website,
	"member_count": _member_count,
	"activity_fields": named_activities,
	"dissolved": _dissolved,
}
