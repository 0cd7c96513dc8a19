"""The text of minutes, divided by the headings of their items.

The office edits the text freely. Closed items, and items in which a reader has an interest, are cut out by their headings,
so a missing heading is an error. Source: domain.md §4 (closed items with their legal ground; recused members see no
discussion).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from .errors import RuleError

FORMS_OF_ADDRESS = "委員長|副委員長|委員|座長|会長|副会長|議長|部長|課長|氏|さん|様"


class HeadingGone(RuleError):
	"""The heading of an item is missing from the minutes."""

	source = "The heading “{0}” is missing from the minutes. Please restore it on a line of its own."


class HeadingTwice(RuleError):
	"""The heading of an item occurs more than once."""

	source = "The heading “{0}” occurs more than once in the minutes. Please keep only the one where the item begins."


def split_by_headings(text: str, headings: Iterable[str]) -> list[tuple[str | None, str]]:
	"""[(heading, text including its heading line)] in order, preceded by the text before the first item under None.

	Headings match regardless of spaces and width. Raises HeadingGone, HeadingTwice.
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


def redact(text: str, headings: Iterable[str], instead: Mapping[str, str]) -> str:
	"""The text with the items in `instead` {heading: replacement} replaced.

	Raises HeadingGone, HeadingTwice, because without the next heading the end of an item is unknown. Without replacements the
	text is returned unchecked.
	"""
	if not instead:
		return text or ""
	parts = [f"{instead[heading].rstrip()}\n" if heading in instead else part for heading, part in split_by_headings(text, headings)]
	return "\n".join(parts).strip()


def replace_names(text: str, names: Mapping[str, str]) -> str:
	"""The text with names of persons replaced: {name: word}, longer names first.

	A name matches with or without a space, and by its surname before a form of address (佐藤委員, 佐藤氏). Where two people share a
	surname, it becomes 委員.
	"""
	surnames = [parts[0] for name in names if len(parts := _parts(name)) > 1]
	for name in sorted(names, key=lambda one: -len(one)):
		if parts := _parts(name):
			text = re.sub(r"[ 　]*".join(map(re.escape, parts)), lambda _found, word=names[name]: word, text)
	for name, word in names.items():
		parts = _parts(name)
		if len(parts) > 1:
			word = word if surnames.count(parts[0]) == 1 else "委員"
			text = re.sub(rf"{re.escape(parts[0])}[ 　]*(?:{FORMS_OF_ADDRESS})", lambda _found, word=word: word, text)
	return text


def _parts(name: str) -> list[str]:
	return (name or "").split()


def _plain(line: str) -> str:
	return re.sub(r"\s+", "", unicodedata.normalize("NFKC", line))
