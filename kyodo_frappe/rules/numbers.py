"""Numbers as people type them.

Source: domain.md §5 "Text" and §7 "Typing" (full-width digits and 万円 are read as what they mean, or refused: never another
value). public/js/common/typed.js reads the same in a browser; tests/typed.json holds the cases of both.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import NoReturn

from .errors import RuleError
from .width import HYPHENS, half_width

WHOLE = ("Int", "Currency")  # kinds of field without fractions; money is whole yen
SCALES = {"億": 8, "千万": 7, "百万": 6, "十万": 5, "万": 4, "千": 3, "百": 2}
NEARLY = 1e-6
SHORTEST_REST = 3  # 3万5 may mean 30,005 or 35,000

_DIGITS = r"(?:[0-9]{1,3}(?:[,、 ][0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+"
_PART = rf"({_DIGITS})({'|'.join(SCALES)})?"
_PARTS = re.compile(_PART)
_NUMBER = re.compile(rf"(?P<sign>[-+{HYPHENS}△▲])?金?[¥\\]?(?P<body>(?:{_PART})+)(?P<unit>円(?:也|整)?|%)?")
_POINTS_FOR_COMMAS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+")
_SEPARATED = re.compile(r"[0-9.,、 ]*[0-9][0-9.,、 ]*")
_WORDS = rf"[^0-9.,、+*/^△▲億万千百十{HYPHENS}-]*"
_WITH_WORDS = re.compile(rf"{_WORDS}([0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]+){_WORDS}")


class NotATypedNumber(RuleError):
	"""A text is not a number."""

	source = "“{0}” is not a number. Please write digits only, like 120000."


class NumberWithWords(RuleError):
	"""A text holds a number and something else: 約30名."""

	source = "“{0}” is more than a number. If you mean {1}, please write only {1}."


class UnclearNumber(RuleError):
	"""A text may mean one number or another: 120.000, 1,2, 3万5."""

	source = "It is not clear which number “{0}” means. Please write digits only, like 120000."


class NotWhole(RuleError):
	"""A fraction in a field for whole numbers."""

	source = "“{0}” is not a whole number. Please write it without a decimal point."


def read_number(text: str, kind: str = "Float") -> int | float | None:
	"""The number a text means: １２０，０００円 → 120000, 12万円 → 120000, △3 → -3; None for an empty one.

	`kind`: Int or Currency (both whole), Float or Percent (may end with %). Raises NotATypedNumber, NumberWithWords,
	UnclearNumber, NotWhole.
	"""
	plain = re.sub(r"(?<![0-9])\s+|\s+(?![0-9])", "", half_width(text))
	if not plain:
		return None
	found = _NUMBER.fullmatch(plain)
	if not found or (found["unit"] == "%" and kind != "Percent"):
		_refuse(_short(text), plain)
	number = _sum(found["body"], found["unit"] is not None, _short(text))
	if kind in WHOLE and _POINTS_FOR_COMMAS.fullmatch(found["body"]):
		raise UnclearNumber(_short(text))
	if kind in WHOLE and number != int(number):
		raise NotWhole(_short(text))
	number = number if found["sign"] in (None, "+") else -number
	return int(number) if number == int(number) else float(number)


def is_whole(number: float, kind: str) -> bool:
	"""Whether a number fits a kind of field without losing a fraction; what sums of fractions are off by does not count."""
	return kind not in WHOLE or not math.isfinite(number) or abs(number - round(number)) < NEARLY


def _sum(body: str, ended: bool, text: str) -> Decimal:
	"""The number of 12万3千. `ended`: whether 円 follows."""
	total, above = Decimal(0), None
	for digits, word in _PARTS.findall(body):
		digits, scale = re.sub("[,、 ]", "", digits), SCALES.get(word, 0)
		value = Decimal(digits).scaleb(scale)
		if above is not None and (
			value >= Decimal(10) ** above or "." in digits or (not word and not ended and len(digits) < SHORTEST_REST)
		):
			raise UnclearNumber(text)
		total, above = total + value, scale
	return total


def _refuse(text: str, plain: str) -> NoReturn:
	if _SEPARATED.fullmatch(plain):
		raise UnclearNumber(text)
	if found := _WITH_WORDS.fullmatch(plain):
		raise NumberWithWords(text, found[1].replace(",", ""))
	raise NotATypedNumber(text)


def _short(text: str) -> str:
	return text.strip()[:40]
