"""Times of day as clerks write them.

Fields for them are not of Frappe's type Time, because Frappe 15 fills every empty Time field of a new record with the
current time.
"""

from __future__ import annotations

import re
import unicodedata

from .errors import RuleError

_PATTERN = re.compile(r"(?P<half>午[前後])?(?P<hour>\d{1,2})(?:時半|[:時](?:(?P<minute>\d{1,2})(?:分|:\d{2}(?:\.\d+)?)?)?)")
NOON = 12


class NotATimeOfDay(RuleError):
	"""A text is not a time of day."""

	source = "“{0}” is not a time of day. Write it like 18:30."


def time_of_day(text: str | None) -> str | None:
	"""“HH:MM” from 18:30, 18:30:00, １８：３０, 18時30分, 18時, 18時半 or 午後6時半; None for an empty text. Raises NotATimeOfDay."""
	plain = unicodedata.normalize("NFKC", str(text or "")).strip()
	if not plain:
		return None
	found = _PATTERN.fullmatch(plain)
	if not found or (not found["minute"] and "時" not in plain):
		raise NotATimeOfDay(text)
	hour, minute = int(found["hour"]), 30 if plain.endswith("半") else int(found["minute"] or 0)
	if found["half"] and hour >= NOON:  # 午後12時 may be noon or midnight
		raise NotATimeOfDay(text)
	hour += NOON if found["half"] == "午後" else 0
	if hour > 23 or minute > 59:
		raise NotATimeOfDay(text)
	return f"{hour:02}:{minute:02}"
