"""Official numbers and their check digits.

Sources: domain.md §5, standards.md "Check digits". 法人番号 is checked by python-stdnum (stdnum.jp.cn),
全国地方公共団体コード by the rule in standards.md. Neither check digit detects every error: the corporate number's works
modulo 9 and cannot tell 0 from 9.
"""

from __future__ import annotations

import re
import unicodedata

from stdnum.jp import cn

# NFKC leaves these unchanged, but between digits each is meant as a hyphen.
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―−ー﹣]+")
_MUNICIPALITY = re.compile(r"[0-9]{6}")
_POSTAL = re.compile(r"[0-9]{7}")
PREFECTURES = range(1, 48)


def clean_corporate_number(text: str | int | None) -> str:
	"""The digits in half width without hyphens and spaces, for storage; "" for None. Does not check them."""
	return cn.compact(_plain(text))


def valid_corporate_number(text: str | int | None) -> bool:
	"""Whether a text is a 法人番号: 13 digits with the right check digit, however spaced."""
	return cn.is_valid(clean_corporate_number(text))


def clean_postal_code(text: str | None) -> str:
	"""A 郵便番号 as it is stored, 248-8686, without 〒 and spaces; a text without seven digits is returned unchanged."""
	digits = _plain(str(text or "").replace("〒", ""))
	return f"{digits[:3]}-{digits[3:]}" if _POSTAL.fullmatch(digits) else str(text or "").strip()


def valid_postal_code(text: str | None) -> bool:
	"""Whether a text is a 郵便番号: seven digits, however spaced."""
	return bool(_POSTAL.fullmatch(_plain(str(text or "").replace("〒", ""))))


def valid_municipality_code(text: str | int | None) -> bool:
	"""Whether a text is a 6-digit 全国地方公共団体コード with prefecture 01–47 and check digit.

	The check digit is (11 − (6a+5b+4c+3d+2e) mod 11) mod 10. A prefecture's own code is valid; five digits are not. A leading
	zero (北海道 01) is part of the code, so an int can only hold codes from 10 on.
	"""
	code = _plain(text)
	if not _MUNICIPALITY.fullmatch(code) or int(code[:2]) not in PREFECTURES:
		return False
	weighted = sum(int(digit) * weight for digit, weight in zip(code, (6, 5, 4, 3, 2)))
	return int(code[5]) == (11 - weighted % 11) % 10


def _plain(text: str | int | None) -> str:
	return "" if text is None else _SEPARATORS.sub("", unicodedata.normalize("NFKC", str(text)))
