"""実態調査: checking answers, and adding them up.

Source: domain.md §3, 国分寺市 (市民活動団体の実態調査とその公表), 国立市 (支援センターの機能: 調査研究).
Public totals do not reveal single organisations: no texts, no smallest and largest number, and nothing from fewer than
MIN_ANSWERS answers.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Mapping
from typing import Any

from .errors import RuleError
from .numbers import read_number
from .rows import get_value
from .width import half_width

TEXT, NUMBER, YES_NO, CHOICE, MULTIPLE_CHOICE = "Free Text", "A Number", "Yes or No", "Choice", "Several Choices"
WITH_CHOICES = (CHOICE, MULTIPLE_CHOICE)
YES, NO = "はい", "いいえ"
MIN_ANSWERS = 5
MAX_NUMBER = 10**12
MISSING, NO_NUMBER, TOO_LARGE, NO_CHOICE = "missing", "no_number", "too_large", "no_choice"
SENTENCES = {
	MISSING: "“{0}” has not been answered yet.",
	NO_NUMBER: "“{0}”: please enter a number (“{1}” is not one).",
	TOO_LARGE: "“{0}”: the number {1} is too large.",
	NO_CHOICE: "“{0}”: please choose one of the answers (“{1}” is not among them).",
}


def choices(question: Any) -> list[str]:
	"""The choices of a question, each once, in order."""
	kind = get_value(question, "kind")
	if kind == YES_NO:
		return [YES, NO]
	if kind not in WITH_CHOICES:
		return []
	lines = (line.strip() for line in str(get_value(question, "choices") or "").splitlines())
	return list(dict.fromkeys(line for line in lines if line))


def selected_choices(answer: str | None) -> list[str]:
	"""The choices in a stored answer, one per line."""
	return [line.strip() for line in (answer or "").splitlines() if line.strip()]


def number(answer: str | None) -> float | None:
	"""The number in a typed answer, also with a unit such as 人; None if there is none, or not one only (numbers.read_number)."""
	text = half_width(answer or "").strip()
	counted = re.fullmatch(r"(.*[0-9])\s*[^\d\s十百千万億兆.,、]{1,4}", text)
	try:
		value = read_number(counted[1] if counted else text)
	except RuleError:
		return None
	return None if value is None else float(value)


def problem(question: Any, answer: str | None) -> tuple[str, tuple[str, ...]] | None:
	"""(key of SENTENCES, values) if something is wrong with an answer, otherwise None."""
	title = get_value(question, "question") or ""
	if not (answer or "").strip():
		return (MISSING, (title,)) if get_value(question, "required") else None
	if get_value(question, "kind") == NUMBER:
		code, wrong = _number_problem(answer), answer.strip()
	else:
		wrong = _invalid_choice(question, answer)
		code = NO_CHOICE if wrong else None
	return (code, (title, wrong[:40])) if code else None


def _number_problem(answer: str) -> str | None:
	value = number(answer)
	if value is None:
		return NO_NUMBER
	return TOO_LARGE if abs(value) >= MAX_NUMBER else None


def _invalid_choice(question: Any, answer: str) -> str | None:
	"""The first line of an answer that is not a choice; of several where only one is allowed, the first."""
	allowed, given = choices(question), selected_choices(answer)
	if not allowed:
		return None
	several = get_value(question, "kind") == MULTIPLE_CHOICE or len(given) == 1
	return next((line for line in given if line not in allowed), None if several else given[0])


def problems(questions: Iterable[Any], answers: Mapping[str, str | None]) -> list[tuple[str, tuple[str, ...]]]:
	"""What is wrong with the answers of a sheet, in the order of the questions."""
	return [found for row in questions if (found := problem(row, answers.get(get_value(row, "code"))))]


def totals(questions: Iterable[Any], sheets: Iterable[Mapping[str, str | None]], public: bool = False) -> list[dict]:
	"""Totals of the sheets, one dict per question: code, question, kind, answered (number of answers), hidden, and

	`counts`: [(choice, number, % of those who answered)]; `statistics`: mean, median, total, smallest and largest of numbers;
	`texts`. With `public`, texts, smallest and largest are left out, and questions with fewer than MIN_ANSWERS answers are hidden.
	"""
	sheets = list(sheets)
	return [_total(row, [sheet.get(get_value(row, "code")) for sheet in sheets], public) for row in questions]


def _total(question: Any, given: list[str | None], public: bool) -> dict:
	given = [answer.strip() for answer in given if (answer or "").strip()]
	kind = get_value(question, "kind")
	found = {"code": get_value(question, "code"), "question": get_value(question, "question"), "kind": kind, "answered": len(given)}
	found |= {"counts": [], "statistics": None, "texts": [], "hidden": public and len(given) < MIN_ANSWERS}
	if found["hidden"]:
		return {**found, "answered": None}
	if allowed := choices(question):
		found["counts"] = _counts(allowed, given)
	elif kind == NUMBER:
		found["statistics"] = _statistics([value for answer in given if (value := number(answer)) is not None], public)
	elif not public:
		found["texts"] = given
	return found


def _counts(allowed: list[str], given: list[str]) -> list[tuple[str, int, int]]:
	picked = [choice for answer in given for choice in selected_choices(answer)]
	return [(choice, picked.count(choice), round(picked.count(choice) * 100 / len(given)) if given else 0) for choice in allowed]


def _statistics(values: list[float], public: bool) -> dict | None:
	if not values:
		return None
	found = {"mean": statistics.fmean(values), "median": statistics.median(values), "total": sum(values)}
	return found if public else {**found, "smallest": min(values), "largest": max(values)}


def rate(answered: int, asked: int) -> int:
	"""The share of those who answered in whole percent, rounded down so that 100 means everybody."""
	return answered * 100 // asked if asked else 0
