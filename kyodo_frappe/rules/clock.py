"""Times of day as clerks write them.

Fields for them are not of Frappe's type Time, because Frappe 15 fills every empty Time field of a new record with the
current time.
"""

from __future__ import annotations

import re
import unicodedata

from .errors import RuleError

_PATTERN = re.compile(r"(\d{1,2})[:時](?:(\d{1,2})(?:分|:\d{2}(?:\.\d+)?)?)?")


class NotATimeOfDay(RuleError):
	"""A text is not a time of day."""

	source = "“{0}” is not a time of day. Write it like 18:30."


def time_of_day(text: str | None) -> str | None:
	"""“HH:MM” from 18:30, 18:30:00, １８：３０, 18時30分 or 18時; None for an empty text. Raises NotATimeOfDay."""
	plain = unicodedata.normalize("NFKC", str(text or "")).strip()
	if not plain:
		return None
	found = _PATTERN.fullmatch(plain)
	if not found or int(found[1]) > 23 or int(found[2] or 0) > 59 or (not found[2] and "時" not in plain):
		raise NotATimeOfDay(text)
	return f"{int(found[1]):02}:{int(found[2] or 0):02}"
