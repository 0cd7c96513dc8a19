"""Minutes as text: their items are found again by the heading lines under which they were drafted.

The office edits the text freely; what must not be read (a closed item; an item in which a reader has an interest)
is cut out by its heading. So a heading that was edited away is refused, never guessed at.
Source: domain.md §4 (closed items with their legal ground; who steps aside sees no discussion).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from .errors import RuleError

ADDRESS = "委員長|副委員長|委員|座長|会長|副会長|議長|部長|課長|氏|さん|様"


class HeadingGone(RuleError):
	source = "The heading “{0}” is not in the minutes any more. Write it back on a line of its own."


class HeadingTwice(RuleError):
	source = "The heading “{0}” is in the minutes more than once. Leave it where the item begins."


def sections(text: str, headings: Iterable[str]) -> list[tuple[str | None, str]]:
	"""The text before the first item under None, then [(heading, text with its heading line)] in the text's order.

	A line is a heading when it reads the same but for spaces and widths of letters. Raises HeadingGone, HeadingTwice.
	"""
	wanted = {_plain(heading): heading for heading in headings}
	found: list[tuple[str | None, list[str]]] = [(None, [])]
	seen = set()
	for line in (text or "").replace("\r\n", "\n").split("\n"):
		heading = wanted.get(_plain(line))
		if heading is not None:
			if heading in seen:
				raise HeadingTwice(heading)
			seen.add(heading)
			found.append((heading, []))
		found[-1][1].append(line)
	for heading in wanted.values():
		if heading not in seen:
			raise HeadingGone(heading)
	return [(heading, "\n".join(lines)) for heading, lines in found]


def reduce(text: str, headings: Iterable[str], instead: Mapping[str, str]) -> str:
	"""The text with each item of `instead` {heading: what stands in its place}; the others as they are.

	Without anything to replace, the text is not looked into. Raises HeadingGone, HeadingTwice: where the next
	heading is missing, nobody can say where an item ends.
	"""
	if not instead:
		return text or ""
	parts = [f"{instead[heading].rstrip()}\n" if heading in instead else part for heading, part in sections(text, headings)]
	return "\n".join(parts).strip()


def replace_names(text: str, names: Mapping[str, str]) -> str:
	"""The text with other words for people: {name: word}.

	A name is found with or without the space between its parts, and by its first part alone before a form of
	address (佐藤委員, 佐藤氏); where two people share that part, one reads 委員 only. Longer names go first.
	"""
	surnames = [parts[0] for name in names if len(parts := _parts(name)) > 1]
	for name in sorted(names, key=lambda one: -len(one)):
		if parts := _parts(name):
			text = re.sub(r"[ 　]*".join(map(re.escape, parts)), lambda _found, word=names[name]: word, text)
	for name, word in names.items():
		parts = _parts(name)
		if len(parts) > 1:
			word = word if surnames.count(parts[0]) == 1 else "委員"
			text = re.sub(rf"{re.escape(parts[0])}[ 　]*(?:{ADDRESS})", lambda _found, word=word: word, text)
	return text


def _parts(name: str) -> list[str]:
	return (name or "").split()


def _plain(line: str) -> str:
	return re.sub(r"\s+", "", unicodedata.normalize("NFKC", line))
