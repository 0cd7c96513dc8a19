"""Differences between two versions of a proposal or an agreement.

Sources: domain.md §2 (再提案: the new version beside the old advice), design.md §5 (any edit of an offered
agreement voids its confirmations: both sides must see what changed).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from .rows import get_value

# tokens: runs of Latin letters, digits or katakana; every other character by itself
_WORDS = re.compile(r"[A-Za-zＡ-Ｚａ-ｚ]+|[0-9０-９]+(?:[,，.．][0-9０-９]+)*|[ァ-ヺー]+|\n|.", re.DOTALL)
# repetitive texts would take minutes to compare
MAX_COMPARISONS = 100_000
_SENTENCES = re.compile(r"[^。！？\n]*[。！？\n]|[^。！？\n]+")


@dataclass(frozen=True)
class FieldChange:
	"""A field whose value differs, with both values."""

	field: str
	old: Any
	new: Any


def changed_fields(old: Any, new: Any, fields: Iterable[str]) -> list[FieldChange]:
	"""The fields, in the given order, whose values differ between two records (dicts or rows).

	None and "" are the same, as are all kinds of line ends (a browser sends CRLF).
	"""
	changes = [FieldChange(name, get_value(old, name), get_value(new, name)) for name in fields]
	return [change for change in changes if _normalised(change.old) != _normalised(change.new)]


def word_diff(old: str | None, new: str | None) -> list[tuple[str, str]]:
	"""The new text against the old as [(op, text)], op "equal", "delete" or "insert".

	Equal and delete together are the old text, equal and insert the new one (line ends unified to \\n). Neighbours differ in op;
	a replacement is a delete followed by an insert. Sentences are compared first, and words only within sentences that differ, so
	that long texts stay fast and readable; a passage beyond MAX_COMPARISONS is one delete and one insert.
	"""
	old, new = _lines(old or ""), _lines(new or "")
	parts: list[tuple[str, str]] = []
	for op, before, after in _blocks(_SENTENCES.findall(old), _SENTENCES.findall(new)):
		if op == "replace":
			parts += _word_level(before, after)
		else:
			parts += [("delete", before), ("insert", after)] if op != "equal" else [("equal", before)]
	return _joined(parts)


def _word_level(old: str, new: str) -> list[tuple[str, str]]:
	parts = []
	for op, before, after in _blocks(_WORDS.findall(old), _WORDS.findall(new)):
		parts += [("equal", before)] if op == "equal" else [("delete", before), ("insert", after)]
	return parts


def _blocks(old: list[str], new: list[str]) -> Iterable[tuple[str, str, str]]:
	"""(op, old text, new text) of two token lists; common beginnings and ends are set apart first."""
	start = _common(old, new)
	end = _common(old[start:][::-1], new[start:][::-1])
	before, after = old[start : len(old) - end], new[start : len(new) - end]
	yield "equal", "".join(old[:start]), "".join(new[:start])
	if _comparisons(before, after) > MAX_COMPARISONS:
		yield "replace", "".join(before), "".join(after)
	else:
		for op, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
			yield op, "".join(before[i1:i2]), "".join(after[j1:j2])
	yield "equal", "".join(old[len(old) - end :]), "".join(new[len(new) - end :])


def _common(one: list[str], other: list[str]) -> int:
	"""How many tokens two lists share at the start."""
	pairs = enumerate(zip(one, other))
	return next((n for n, (left, right) in pairs if left != right), min(len(one), len(other)))


def _comparisons(one: list[str], other: list[str]) -> int:
	"""How many pairs of equal tokens difflib would have to compare."""
	counts = Counter(other)
	return sum(count * counts[token] for token, count in Counter(one).items())


def _joined(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
	"""Without empty parts, deletes before inserts, and neighbours of one kind merged."""
	joined: list[tuple[str, str]] = []
	deleted = inserted = ""
	for op, text in [*parts, ("equal", "")]:
		if op == "delete":
			deleted += text
		elif op == "insert":
			inserted += text
		else:
			joined += [(kind, changed) for kind, changed in (("delete", deleted), ("insert", inserted)) if changed]
			deleted = inserted = ""
			if text and joined and joined[-1][0] == "equal":
				joined[-1] = ("equal", joined[-1][1] + text)
			elif text:
				joined.append(("equal", text))
	return joined


def _lines(text: str) -> str:
	return text.replace("\r\n", "\n").replace("\r", "\n")


def _normalised(value: Any) -> Any:
	if value is None:
		return ""
	return _lines(value) if isinstance(value, str) else value
