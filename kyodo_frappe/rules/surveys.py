"""実態調査: whether an answer is one, and what the answers add up to.

Source: domain.md §3, 国分寺市 (市民活動団体の実態調査とその公表), 国立市 (支援センターの機能: 調査研究).
Totals for the public keep single organisations out of sight: no texts, no smallest and largest number, and nothing
where fewer than FEWEST have answered.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from .rows import read

TEXT, NUMBER, YES_NO, CHOICE, SEVERAL = "Free Text", "A Number", "Yes or No", "Choice", "Several Choices"
WITH_CHOICES = (CHOICE, SEVERAL)
YES, NO = "はい", "いいえ"
FEWEST = 5
LARGEST = 10**12
MISSING, NO_NUMBER, TOO_LARGE, NO_CHOICE = "missing", "no_number", "too_large", "no_choice"
SENTENCES = {
	MISSING: "“{0}” is not answered yet.",
	NO_NUMBER: "“{0}”: please answer with a number (“{1}” is none).",
	TOO_LARGE: "“{0}”: the number {1} is too large.",
	NO_CHOICE: "“{0}”: please choose one of the answers (“{1}” is not among them).",
}


def choices(question: Any) -> list[str]:
	"""What a question lets choose, each once, in its order."""
	kind = read(question, "kind")
	if kind == YES_NO:
		return [YES, NO]
	if kind not in WITH_CHOICES:
		return []
	lines = (line.strip() for line in str(read(question, "choices") or "").splitlines())
	return list(dict.fromkeys(line for line in lines if line))


def chosen(answer: str | None) -> list[str]:
	"""The choices of a stored answer: one for each line."""
	return [line.strip() for line in (answer or "").splitlines() if line.strip()]


def number(answer: str | None) -> float | None:
	"""The number of a typed answer (full-width digits, commas and a unit such as 人 or 円 are understood); None if it is none,
	or where it is written with 千 or 万: a guess would be wrong by 10,000."""
	plain = re.sub(r"[,、\s]", "", unicodedata.normalize("NFKC", answer or "")).replace("−", "-")
	found = re.fullmatch(r"([-+]?\d{1,30}(?:\.\d{1,10})?)[^\d十百千万億兆]{0,4}", plain)
	return float(found.group(1)) if found else None


def problem(question: Any, answer: str | None) -> tuple[str, tuple[str, ...]] | None:
	"""(code of SENTENCES, values) of what is wrong with an answer; None if nothing is."""
	title = read(question, "question") or ""
	if not (answer or "").strip():
		return (MISSING, (title,)) if read(question, "required") else None
	if read(question, "kind") == NUMBER:
		code, wrong = _number_problem(answer), answer.strip()
	else:
		wrong = _not_to_choose(question, answer)
		code = NO_CHOICE if wrong else None
	return (code, (title, wrong[:40])) if code else None


def _number_problem(answer: str) -> str | None:
	value = number(answer)
	if value is None:
		return NO_NUMBER
	return TOO_LARGE if abs(value) >= LARGEST else None


def _not_to_choose(question: Any, answer: str) -> str | None:
	"""The first line of an answer that the question does not offer; of several where one may be chosen, the first."""
	allowed, given = choices(question), chosen(answer)
	if not allowed:
		return None
	several = read(question, "kind") == SEVERAL or len(given) == 1
	return next((line for line in given if line not in allowed), None if several else given[0])


def problems(questions: Iterable[Any], answers: Mapping[str, str | None]) -> list[tuple[str, tuple[str, ...]]]:
	"""What keeps a sheet from being handed in, in the order of the questions."""
	return [found for row in questions if (found := problem(row, answers.get(read(row, "code"))))]


def totals(questions: Iterable[Any], sheets: Iterable[Mapping[str, str | None]], public: bool = False) -> list[dict]:
	"""What the sheets add up to, one dict for each question: code, question, kind, answered (how many), and

	counts: [(choice, how many, share of those who answered in %)]; statistics: mean, median, total, smallest, largest of
	numbers; texts. `public`: without texts, smallest and largest; hidden=True where fewer than FEWEST have answered.
	"""
	sheets = list(sheets)
	return [_total(row, [sheet.get(read(row, "code")) for sheet in sheets], public) for row in questions]


def _total(question: Any, given: list[str | None], public: bool) -> dict:
	given = [answer.strip() for answer in given if (answer or "").strip()]
	kind = read(question, "kind")
	found = {"code": read(question, "code"), "question": read(question, "question"), "kind": kind, "answered": len(given)}
	found |= {"counts": [], "statistics": None, "texts": [], "hidden": public and len(given) < FEWEST}
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
	picked = [choice for answer in given for choice in chosen(answer)]
	return [(choice, picked.count(choice), round(picked.count(choice) * 100 / len(given)) if given else 0) for choice in allowed]


def _statistics(values: list[float], public: bool) -> dict | None:
	if not values:
		return None
	found = {"mean": statistics.fmean(values), "median": statistics.median(values), "total": sum(values)}
	return found if public else {**found, "smallest": min(values), "largest": max(values)}


def rate(answered: int, asked: int) -> int:
	"""The share of those who answered, in whole per cent; rounded down, so that 100 means everybody."""
	return answered * 100 // asked if asked else 0
