"""The name under which a deadline is shown follows its date: 「…の締切（4月30日）」 is wrong once the day is 15 May.

Source: design.md §6 (a refusal names rule, date and remedy, so that the two must agree).
"""

from __future__ import annotations

import re
import unicodedata

from .deadlines import DeadlineRule
from .errors import RuleError

DAY = re.compile(r"(\d{1,2})月(\d{1,2})日")
MONTH_END = re.compile(r"(\d{1,2})月末日?")
MONTHS = re.compile(r"(\d{1,2})([かカヶケ箇ヵ]月)")
DAYS = re.compile(r"(\d{1,3})(日以内|日前|日後)")
LAST_DAYS = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}


class LabelContradictsDate(RuleError):
	"""The name of a deadline gives another day than the deadline."""

	source = "The deadline “{0}” names another day than its own: {1}. Please correct the name or the day."


def followed(label: str, before: DeadlineRule, after: DeadlineRule) -> str:
	"""The name with the day, month end or period of `before` replaced by that of `after`; what it does not name stays out.

	Digits in any width are read, and written as ASCII.
	"""
	if before.yearly and after.yearly:
		label = DAY.sub(lambda found: _day(after) if _numbers(found) == (before.month, before.day) else found[0], _ascii(label))
		ends = lambda found: int(found[1]) == before.month and _is_month_end(before)
		return MONTH_END.sub(lambda found: _day(after) if ends(found) else found[0], label)
	if not before.yearly and not after.yearly:
		label = MONTHS.sub(
			lambda found: f"{after.months}{found[2]}" if _was(found, before.months, after.months) else found[0], _ascii(label)
		)
		days = (abs(before.days), abs(after.days))
		return DAYS.sub(lambda found: f"{days[1]}{found[2]}" if _was(found, *days) else found[0], label)
	return label


def check_label(label: str, rule: DeadlineRule):
	"""Raise LabelContradictsDate for a name that gives another day than that of a yearly rule with a fixed day."""
	if not (rule.kind == "Fixed Date" and rule.day):
		return
	for found in DAY.finditer(_ascii(label)):
		if _numbers(found) != (rule.month, rule.day):
			raise LabelContradictsDate(label, _day(rule))


def _day(rule: DeadlineRule) -> str:
	return f"{rule.month}月末日" if rule.kind == "Month End" else f"{rule.month}月{rule.day}日"


def _is_month_end(rule: DeadlineRule) -> bool:
	return rule.kind == "Month End" or rule.day == LAST_DAYS.get(rule.month)


def _was(found: re.Match, before: int, after: int) -> bool:
	return int(found[1]) == before and bool(after)


def _numbers(found: re.Match) -> tuple[int, int]:
	return int(found[1]), int(found[2])


def _ascii(label: str) -> str:
	return re.sub(r"[０-９]", lambda digit: unicodedata.normalize("NFKC", digit[0]), label)
