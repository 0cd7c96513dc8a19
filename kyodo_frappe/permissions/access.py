"""The scope of each role, read from `access.json`: who may do what with a record in which standing.

`heading`  what stands over the columns of the guide's table
`people`   {person: their role}: a login as it stands to the record that is asked for
`groups`   names for several people
`records`  {DocType: {standing: {act: who}}}; `read` holds for the record and for lists. An act that is not named is nobody's.
           `create` means a new record like this one; it is said once where it is the same for all standings.
`over_rest` {DocType: fields} that a login of the portal may change over REST beside those of the portal's forms
           (portal/fields.py) and those that a workflow opens to it or reserves for it

Only people and standings are told here. Whether a role has an act at all is in `matrix.json` (DocPerm), and is not said
again: of the people named, those whose role has it may. What the doors make of it is in `doors.py`; that the three agree is
asked over HTTP (tests/site/test_scope.py).
"""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
ACTS = ("read", "write", "create", "delete")


@lru_cache
def table() -> dict:
	return json.loads((FOLDER / "access.json").read_text(encoding="utf-8"))


@lru_cache
def matrix() -> dict[str, dict[str, str]]:
	return json.loads((FOLDER / "matrix.json").read_text(encoding="utf-8"))


def people(who: str) -> set[str]:
	"""Those whom a cell names, groups taken apart."""
	found = set()
	for name in filter(None, (part.strip() for part in who.split(","))):
		found |= set(people(table()["groups"][name]["people"])) if name in table()["groups"] else {name}
	return found


def role_may(person: str, act: str, doctype: str) -> bool:
	"""Whether the role of a person has an act at all (DocPerm)."""
	return act in matrix()[doctype].get(table()["people"][person]["role"], "").split()


def allowed(act: str, doctype: str, standing: str) -> set[str]:
	"""Those who may do it."""
	named = people(table()["records"][doctype][standing].get(act, ""))
	return {person for person in named if role_may(person, act, doctype)}


def over_rest(doctype: str) -> set[str]:
	return set(table()["over_rest"].get(doctype, "").split())


def levels(person: str, doctype: str, act: str = "read") -> set[int]:
	"""The permission levels of a DocType that a person's role reads or writes."""
	role = table()["people"][person]["role"]
	rows = (key.partition("@") for key, acts in matrix()[doctype].items() if act in acts.split())
	return {int(level or 0) for name, _at, level in rows if name == role}


# -- in words ------------------------------------------------------------------------------

def in_words(label: Callable[[str], str]) -> str:
	"""The whole table as Markdown, for the administrators' guide and `bench kyodo access`; `label` says a DocType's name."""
	heading = table()["heading"]
	lines = [f"| {' | '.join(heading)} |", "|" + "---|" * len(heading)]
	for doctype, standings in table()["records"].items():
		for number, (standing, row) in enumerate(standings.items()):
			cells = [_said(allowed(act, doctype, standing)) for act in ACTS]
			lines.append(f"| {'' if number else label(doctype)} | {row['ja']} | {' | '.join(cells)} |")
	return "\n".join(lines)


def _said(who: set[str]) -> str:
	"""Those who may, in as few words as there are for them."""
	left, words = set(who), []
	groups = {name: people(name) for name in table()["groups"]}
	for name in sorted(groups, key=lambda name: -len(groups[name])):
		if groups[name] <= left:
			words.append(table()["groups"][name]["ja"])
			left -= groups[name]
	words += [person["ja"] for name, person in table()["people"].items() if name in left]
	return "、".join(words) or "－"
