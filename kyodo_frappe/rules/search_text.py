"""Searching Japanese text: keys in which all spellings are alike, the pairs of letters that an index stores, and marked sentences.

Japanese has no spaces between words, so an index of words finds nothing: overlapping pairs of letters (bigrams) do, also for words of
two letters such as 防災. Source: domain.md §5 "Text" (search on an NFKC form with kana unified), `textkeys.search_key`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from .textkeys import search_key

MAX_ASKED = 140  # letters of a query that are read
MAX_WORDS = 8
MAX_WORD = 40
BREAK = "\n"
# what ends a sentence: a word is not found across it
_ENDS = re.compile(r"[。！？!?\r\n]+")
# a letter with what changes it: voiced marks, combining marks, variation selectors
_CLUSTER = re.compile(".[\u0300-\u036f\u3099\u309a\uff9e\uff9f\ufe00-\ufe0f\U000e0100-\U000e01ef]*", re.DOTALL)
_LETTER_CATEGORIES = "LNM"


def key_of(text: str | None) -> str:
	"""Return a text as it is searched: letters and digits of `search_key`, a line for each sentence."""
	sentences = (_letters(search_key(sentence)) for sentence in _ENDS.split(text or ""))
	return BREAK.join(sentence for sentence in sentences if sentence)


def words_of(asked: str | None) -> tuple[str, ...]:
	"""Return the words of a query as keys, each once, without signs: no sign has a meaning in a query."""
	words = (_letters(word)[:MAX_WORD] for word in search_key((asked or "")[:MAX_ASKED]).split(" "))
	return tuple(dict.fromkeys(word for word in words if word))[:MAX_WORDS]


def pairs_of(key: str) -> Iterator[str]:
	"""Yield the pairs of letters of a key, as ASCII words; the last letter of a sentence is paired with nothing."""
	for sentence in key.split(BREAK):
		codes = [f"{ord(letter):x}" for letter in sentence]
		yield from (f"{first}z{second}" for first, second in zip(codes, [*codes[1:], ""], strict=True))


def pairs_of_word(word: str) -> list[str]:
	"""Return the pairs of letters that a text with this word has; for one letter, the beginning of its pairs."""
	codes = [f"{ord(letter):x}" for letter in word]
	return list(dict.fromkeys(f"{first}z{second}" for first, second in pairwise(codes))) or [f"{codes[0]}z"]


def is_searchable(word: str) -> bool:
	"""Whether a word is long enough: of single letters only kanji, as others are in every text."""
	return len(word) > 1 or unicodedata.name(word, "").startswith("CJK")


def has_all(key: str, words: Iterable[str]) -> bool:
	"""Whether a text, as `key_of` returns it, has all these words."""
	return all(word in key for word in words)


# -- the sentence that is shown ------------------------------------------------------------------


def marked(text: str, words: Iterable[str]) -> list[tuple[str, bool]]:
	"""Split a text into [(part, whether it is one of the words)], in the spelling of the text."""
	letters, places = _with_places(text)
	inside = [False] * len(text)
	for word in words:
		for begin in _occurrences(letters, word):
			first, last = places[begin], places[begin + len(word) - 1]
			inside[first[0] : last[1]] = [True] * (last[1] - first[0])
	return _runs(text, inside)


def excerpt(texts: Iterable[str], words: tuple[str, ...], length: int = 120) -> list[tuple[str, bool]]:
	"""Return the passage with most of the words, `length` characters at most, as `marked`; the beginning of the first text without any."""
	best, found = "", 0
	for sentence in _sentences(texts):
		key = _letters(search_key(sentence))
		count = sum(word in key for word in words)
		best, found = (sentence, count) if count > found or not best else (best, found)
		if count == len(words):
			break
	return _cut(marked(best, words), length)


def _sentences(texts: Iterable[str]) -> Iterator[str]:
	for text in texts:
		yield from (sentence.strip() for sentence in re.split(r"(?<=[。！？!?])|[\r\n]+", text or "") if sentence.strip())


def _cut(parts: list[tuple[str, bool]], length: int) -> list[tuple[str, bool]]:
	"""Cut a marked sentence to a length, so that its first marked word stays."""
	text = "".join(part for part, _is_marked in parts)
	if len(text) <= length:
		return parts
	before = next((sum(len(part) for part, _m in parts[:number]) for number, (_p, is_marked) in enumerate(parts) if is_marked), 0)
	begin = max(0, min(before - length // 3, len(text) - length))
	cut, place = [], 0
	for part, is_marked in parts:
		piece = part[max(0, begin - place) : max(0, begin + length - place)]
		place += len(part)
		cut += [(piece, is_marked)] if piece else []
	front, back = [("…", False)] if begin else [], [("…", False)] if begin + length < len(text) else []
	return [*front, *cut, *back]


def _with_places(text: str) -> tuple[str, list[tuple[int, int]]]:
	"""(letters of the key of a text, for each of them where its character begins and ends in the text)"""
	letters, places = [], []
	for cluster in _CLUSTER.finditer(text):
		piece = _cluster_key(cluster[0])
		letters.append(piece)
		places += [cluster.span()] * len(piece)
	return "".join(letters), places


@lru_cache(maxsize=16384)
def _cluster_key(cluster: str) -> str:
	return BREAK if _ENDS.fullmatch(cluster) else _letters(search_key(cluster))


def _occurrences(letters: str, word: str) -> Iterator[int]:
	begin = letters.find(word)
	while begin >= 0:
		yield begin
		begin = letters.find(word, begin + len(word))


def _runs(text: str, inside: list[bool]) -> list[tuple[str, bool]]:
	"""Group characters with the same mark."""
	runs: list[tuple[str, bool]] = []
	for letter, is_inside in zip(text, inside, strict=True):
		if runs and runs[-1][1] == is_inside:
			runs[-1] = (runs[-1][0] + letter, is_inside)
		else:
			runs.append((letter, is_inside))
	return runs


def _letters(key: str) -> str:
	return "".join(filter(_is_letter, key))


@lru_cache(maxsize=16384)
def _is_letter(letter: str) -> bool:
	return unicodedata.category(letter)[0] in _LETTER_CATEGORIES
