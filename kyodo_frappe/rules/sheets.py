"""Cells of a spreadsheet filled in by hand: their text, and the headings above them.

A cell is what openpyxl returns: text, number, date or None. Sources: domain.md §5 "Text" and §6 "paper forms out and in".
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .era import era_date
from .errors import RuleError
from .textkeys import search_key

MAX_CELL_LENGTH = 32_000  # Excel silently truncates beyond 32,767 characters
HEADINGS_WITHIN = 12
YES = {"はい", "有", "あり", "必要", "要", "対象", "○", "〇", "◯", "●", "◎", "✓", "✔", "レ", "1", "yes", "true"}
NO = {"いいえ", "無", "なし", "不要", "対象外", "×", "✕", "x", "-", "0", "no", "false"}
_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class NotOnTheList(RuleError):
	"""An answer is not one of the options."""

	source = "Please choose {0} from the list (it says “{1}”)."


class NotYesOrNo(RuleError):
	"""A text is neither yes nor no."""

	source = "Please write はい or いいえ for {0} (it says “{1}”)."


@dataclass(frozen=True)
class Layout:
	"""`header`: index of the row with the headings; `columns`: {key: index of its column}."""

	header: int
	columns: Mapping[str, int]


def cell_text(value: Any) -> str:
	"""The text of a cell: numbers without a useless fraction, dates in the Japanese calendar, texts without control characters."""
	if value is None:
		return ""
	if isinstance(value, bool):
		return "1" if value else "0"
	if isinstance(value, int | float):
		return f"{value:.6f}".rstrip("0").rstrip(".") if value == value else ""
	if isinstance(value, datetime.date):
		return era_date(value)
	text = str(value).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")
	return _CONTROL_CHARACTERS.sub("", text).strip()


def cell_safe_text(text: str | None) -> str:
	"""A text without the characters that no workbook accepts."""
	return _CONTROL_CHARACTERS.sub("", text or "")


def fits_cell(text: str | None) -> bool:
	"""Whether a cell can hold a text."""
	return len(text or "") <= MAX_CELL_LENGTH


def key_of(text: Any) -> str:
	"""A key for comparing headings, sheet names and answers, regardless of width, spaces and bracketed comments."""
	plain = re.sub(r"\(.*?\)|※.*", "", search_key(cell_text(value=text)).replace("\n", " "))
	return re.sub(r"[\s*・:：]", "", plain)


def find_layout(rows: Iterable[Sequence[Any]], headings: Mapping[str, str]) -> Layout | None:
	"""The first of the upper rows with at least half of the headings; None without one.

	`headings`: {key of a column: its heading}. Columns may be in another order, with others between them.
	"""
	wanted = {key_of(heading): key for key, heading in headings.items()}
	for number, cells in enumerate(rows):
		if number >= HEADINGS_WITHIN:
			return None
		found: dict[str, int] = {}
		for column, cell in enumerate(cells):
			if (name := wanted.get(key_of(cell))) and name not in found:
				found[name] = column
		if 2 * len(found) >= len(headings):
			return Layout(number, found)
	return None


def row_texts(cells: Sequence[Any], layout: Layout) -> dict[str, str]:
	"""{key: text} of one row, for the columns found."""
	return {key: cell_text(cells[column]) if column < len(cells) else "" for key, column in layout.columns.items()}


def match_option(label: str, text: str, options: Mapping[str, str]) -> str:
	"""The value of the option a text names, by value or label; `options`: {value: label}. "" for an empty text.

	Raises NotOnTheList.
	"""
	if not text:
		return ""
	key = key_of(text)
	for value, word in options.items():
		if key in (key_of(value), key_of(word)):
			return value
	raise NotOnTheList(label, text[:40])


def yes_or_no(label: str, text: str) -> bool | None:
	"""True, False, or None for an empty cell. Raises NotYesOrNo."""
	if not text:
		return None
	key = search_key(text)
	for answer, words in ((True, YES), (False, NO)):
		if key in {search_key(word) for word in words}:
			return answer
	raise NotYesOrNo(label, text[:40])
