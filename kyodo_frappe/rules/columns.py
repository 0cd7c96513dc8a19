"""Widths of the columns of a printed table by their content: short figures and answers on one line, the rest for texts.

Source: 様式 of the cities in sources.md, whose tables give a text most of the sheet. Widths are counted in full-width characters; a
half-width one counts half.
"""

from collections.abc import Sequence
from unicodedata import east_asian_width

ROOM = 44  # characters of 10.5 pt between the margins of A4
PADDING = 1.2  # of a cell, in characters
SHORT = 10  # a column up to this length keeps its texts on one line
LONGEST = 30  # a longer text is broken in any case


def shares(head: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[float, ...]:
	"""Return the width of each column as a percentage, 100 in all.

	head: the heading of each column, which may be broken in two; rows: the texts of each row, whose lines count one by one.
	"""
	needs = [max([_half(heading), *(_longest(row[at]) for row in rows)]) for at, heading in enumerate(head)]
	fixed = [need + PADDING if need <= SHORT else 0 for need in needs]
	wanted = [min(need, LONGEST) + PADDING for need in needs]
	left = ROOM - sum(fixed)
	long = sum(want for want, kept in zip(wanted, fixed) if not kept)
	if not long or left < SHORT:
		return _percent(wanted)
	return _percent([kept or left * want / long for want, kept in zip(wanted, fixed)])


def _percent(widths: list[float]) -> tuple[float, ...]:
	return tuple(round(100 * width / sum(widths), 1) for width in widths)


def _half(heading: str) -> float:
	length = _length(heading)
	return length if length <= 4 else max(4, length / 2 + 0.5)


def _longest(text: str) -> float:
	return max((_length(line) for line in text.splitlines()), default=0)


def _length(text: str) -> float:
	return sum(1 if east_asian_width(character) in "FWA" else 0.5 for character in text)
