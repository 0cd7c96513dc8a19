"""補助率: rates as people write them, kept exact.

Source: domain.md §7 "What may be paid" (a fraction such as 3分の2 is exact).
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .errors import RuleError


class BadRate(RuleError):
	"""A rate is not above 0 and up to 100 %."""

	source = "“{0}” is not a rate above 0 and up to 100 percent. Leave it empty where there is none."


class UnclearRate(BadRate):
	"""A number below 1 without a sign: 0.5 may be meant as 50 %."""

	source = "“{0}” may mean {0} percent or a part of the whole. Please enter percent with its sign, or a fraction such as 1/2."


_NUMERALS = str.maketrans({**dict(zip("一二三四五六七八九", "123456789", strict=True)), "十": "10"})
_PATTERNS = (
	(re.compile(r"(?P<part>\d+)/(?P<whole>\d+)"), None),
	(re.compile(r"(?P<whole>\d+)分の(?P<part>\d+)"), None),
	(re.compile(r"(?P<part>\d+(\.\d+)?)(%|パーセント)"), 100),
	(re.compile(r"(?P<part>\d+(\.\d+)?)割"), 10),
	(re.compile(r"(?P<part>\d+(\.\d+)?)"), 100),
)


def read_rate(value: Any) -> Fraction | None:
	"""The share that a rate pays: Fraction(2, 3) from 2/3, 3分の2 or 三分の二, 667/1000 from 66.7 or 66.7%, 1 from 10分の10; None for
	nothing. A number is in percent. Raises BadRate, UnclearRate."""
	if value is None or (isinstance(value, str) and not value.strip()):
		return None
	share, bare = _parse(value)
	if share is None or not 0 < share <= 1:
		raise BadRate(value)
	if bare and share < Fraction(1, 100):
		raise UnclearRate(value)
	return share


def rate_text(share: Fraction) -> str:
	"""A share as it is stored and read again: 80, 66.7, 3分の2; 0.5% where the sign is needed."""
	percent = share * 100
	if 10**6 % percent.denominator:
		return f"{share.denominator}分の{share.numerator}"
	text = f"{Decimal(percent.numerator) / Decimal(percent.denominator):f}"
	text = text.rstrip("0").rstrip(".") if "." in text else text
	return text if percent >= 1 else f"{text}%"


def _parse(value: Any) -> tuple[Fraction | None, bool]:
	"""(share, whether it is a number without a sign)"""
	if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal, Fraction)):
		return None, False
	if not isinstance(value, str):
		try:
			return Fraction(str(value)) / 100, True
		except ValueError:
			return None, False
	text = re.sub(r"[\s,]", "", unicodedata.normalize("NFKC", value)).translate(_NUMERALS)
	for number, (pattern, whole) in enumerate(_PATTERNS):
		if found := pattern.fullmatch(text):
			whole = Fraction(whole or found["whole"])
			return (Fraction(found["part"]) / whole if whole else None), number == len(_PATTERNS) - 1
	return None, False
