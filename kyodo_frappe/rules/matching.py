"""マッチング: how well an offer, organisation or person fits a need, and why.

Source: domain.md §3, 国立市 (支援センターの機能: コーディネート; 人材の発掘・育成), 日本NPOセンター (講師・委員の派遣).
The score only orders the list. The reasons are shown with it, and a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .textkeys import search_key

LOOKING_FOR, OFFERING = "Looking For", "Offering"
OPPOSITE = {LOOKING_FOR: OFFERING, OFFERING: LOOKING_FOR}

SAME_KIND, FIELDS, PLACES, SKILLS, THEMES, DESCRIBED = "same_kind", "fields", "places", "skills", "themes", "described"
SENTENCES = {
	SAME_KIND: "The same is sought and offered ({0})",
	FIELDS: "{0} fields of activity in common: {1}",
	PLACES: "The same area: {0}",
	SKILLS: "Has the skill: {0}",
	THEMES: "Speaks about the theme: {0}",
	DESCRIBED: "Its description mentions: {0}",
}
WEIGHTS = {SAME_KIND: 5, FIELDS: 3, PLACES: 2, SKILLS: 4, THEMES: 3, DESCRIBED: 2}
# further words in common add nothing to the score
MAX_COUNTED = 3
# areas that include every other
EVERYWHERE = {
	search_key(word) for word in ("市内", "市内全域", "全域", "市内全体", "全市", "どこでも", "不問", "区内全域", "町内全域", "オンライン")
}
# shorter keys occur in nearly every text
MIN_KEY_LENGTH = 2


@dataclass(frozen=True)
class Side:
	"""One side of a match. `fields`: codes of fields of activity; `places`, `skills`, `themes`: as written; `what`: what is sought or
	offered; `kind`: Looking For, Offering, or "" for an organisation or person; `text`: its description."""

	fields: frozenset[str] = frozenset()
	places: tuple[str, ...] = ()
	skills: tuple[str, ...] = ()
	themes: tuple[str, ...] = ()
	what: str = ""
	kind: str = ""
	text: str = ""


@dataclass(frozen=True)
class Reason:
	"""Why two sides fit. `code`: a key of SENTENCES; `values`: field codes or words in common."""

	code: str
	values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fit:
	"""How well two sides fit, and why."""

	score: int
	reasons: tuple[Reason, ...]


def fit(need: Side, other: Side) -> Fit | None:
	"""How `other` fits `need`; None if both seek, both offer, or they have nothing in common.

	The same kind of thing (場所を求む／場所を提供) is enough, the same area alone is not.
	"""
	if other.kind and other.kind != OPPOSITE.get(need.kind):
		return None
	reasons = tuple(_reasons(need, other))
	if not {reason.code for reason in reasons} - {PLACES}:
		return None
	return Fit(sum(_points(reason) for reason in reasons), reasons)


def ranked(need: Side, others: Iterable[tuple[str, Side]], most: int = 10) -> list[tuple[str, Fit]]:
	"""[(name, fit)] of the others that fit, best first, then by name."""
	found = [(name, how) for name, side in others if (how := fit(need, side))]
	return sorted(found, key=lambda pair: (-pair[1].score, pair[0]))[:most]


def _reasons(need: Side, other: Side) -> list[Reason]:
	skills = common_words(need.skills, other.skills)
	wanted = (*need.skills, *need.themes)
	found = {
		SAME_KIND: (need.what,) if other.kind and need.what and need.what == other.what else (),
		FIELDS: tuple(sorted(need.fields & other.fields)),
		PLACES: common_places(need.places, other.places),
		SKILLS: skills,
		THEMES: tuple(theme for theme in other.themes if theme not in skills and _is_mentioned(theme, wanted, need.text)),
		DESCRIBED: tuple(word for word in wanted if word not in skills and mentions(other.text, word)),
	}
	return [Reason(code, values) for code, values in found.items() if values]


def _points(reason: Reason) -> int:
	count = 1 if reason.code == SAME_KIND else min(len(reason.values), MAX_COUNTED)
	return WEIGHTS[reason.code] * count


def _is_mentioned(theme: str, wanted: tuple[str, ...], text: str) -> bool:
	return bool(common_words((theme,), wanted)) or mentions(text, theme)


def common_words(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
	"""Words of `one` that `other` has, too, however they are written; 大船 and 大船地区 are the same."""
	keys = [search_key(word) for word in other]
	return tuple(word for word in one if any(_alike(search_key(word), key) for key in keys))


def common_places(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
	"""As `common_words`, except that the whole city includes every part of it."""
	one, other = tuple(one), tuple(other)
	everywhere = [word for word in (*one, *other) if search_key(word) in EVERYWHERE]
	if everywhere and one and other:
		return tuple(dict.fromkeys(common_words(one, other) or everywhere[:1]))
	return common_words(one, other)


def mentions(text: str, word: str) -> bool:
	"""Whether a text contains a word, however it is written."""
	key = search_key(word)
	return len(key) >= MIN_KEY_LENGTH and key in search_key(text)


def _alike(one: str, other: str) -> bool:
	if one == other:
		return bool(one)
	short, long = sorted((one, other), key=len)
	return len(short) >= MIN_KEY_LENGTH and short in long
