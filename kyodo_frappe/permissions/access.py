"""The scope of each role, read from `access.json`: who may do what with a record in which standing.

`heading`  what stands over the columns of the guide's table
`people`   {person: their role}: a login as it stands to the record that is asked for
`both`     {person: [people]}: who is two of them at once may with each record what the one may and what the other may
`groups`   names for several people
`records`  {DocType: {standing: {act: who}}}; `read` holds for the record and for lists. An act that is not named is nobody's.
           `create` means a new record like this one; it is said once where it is the same for all standings.
           `as_themselves`: who is named because of their login, not because of where they belong
`over_rest` {DocType: fields} that a login of the portal may change over REST beside those of the portal's forms
           (portal_fields.py of each room) and those that a workflow opens to it or reserves for it

Only people and standings are told here. Whether a role has an act at all is in `matrix.json` (DocPerm), and is not said
again: of the people named, those whose role has it may. What the rules make of it is in `record_rules.py`; that the three agree is
asked over HTTP (tests/site/permissions/test_scope.py).
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


def parts(person: str) -> list[str]:
	"""The people whom a login is: one, or two of `both`."""
	return table()["both"].get(person, [person])


def roles(person: str) -> set[str]:
	return {table()["people"][part]["role"] for part in parts(person)} - {""}


def role_may(person: str, act: str, doctype: str) -> bool:
	"""Whether a role of a person has an act at all (DocPerm)."""
	return any(act in matrix()[doctype].get(role, "").split() for role in roles(person))


def allowed(act: str, doctype: str, standing: str) -> set[str]:
	"""Those who may do it."""
	row = table()["records"][doctype][standing]
	named = {person for person in people(row.get(act, "")) if role_may(person, act, doctype)}
	by_place = named - people(row.get("as_themselves", ""))
	return named | {person for person in table()["both"] if by_place & set(parts(person))}


def over_rest(doctype: str) -> set[str]:
	return set(table()["over_rest"].get(doctype, "").split())


def levels(person: str, doctype: str, standing: str) -> set[int]:
	"""The permission levels of a record that a person reads, by the roles that open it to them."""
	opening = {role for part in parts(person) if part in allowed("read", doctype, standing) for role in roles(part)}
	rows = (key.partition("@") for key, acts in matrix()[doctype].items() if "read" in acts.split())
	return {int(level or 0) for name, _at, level in rows if name in opening}


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
