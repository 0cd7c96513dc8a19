"""The scope of each role, declared in `access.json`: who may do what with a record in which standing.

`heading`  column headings of the table in the administrators' guide
`people`   {person: role}: a login by its relation to the record in question
`both`     {person: [people]}: a login that is two of them at once may do with each record what either may
`groups`   names for several people
`records`  {DocType: {standing: {act: people}}}; `read` applies to the record and to lists. Acts that are not listed are
           denied. `create` means a new record like this one, given once if it is the same for all standings.
           `as_themselves`: people who are named because of their own login, not because of where they belong
`over_rest` {DocType: fields} that portal users may change over REST besides those of portal forms (portal_fields.py of
           each room) and those that a workflow opens to them or reserves for them

The file covers people and standings only. Whether a role may perform an act at all is declared in `matrix.json` (DocPerm):
of the people listed, those whose role has the permission may act. `record_rules.py` implements the scope, and
tests/site/permissions/test_scope.py checks over HTTP that the three agree.
"""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
ACTS = ("read", "write", "create", "delete")


@lru_cache
def table() -> dict:
	"""Return the content of access.json."""
	return json.loads((FOLDER / "access.json").read_text(encoding="utf-8"))


@lru_cache
def matrix() -> dict[str, dict[str, str]]:
	"""Return the role permissions: {DocType: {"role" or "role@level": permissions separated by blanks}}."""
	return json.loads((FOLDER / "matrix.json").read_text(encoding="utf-8"))


def people(who: str) -> set[str]:
	"""Return the people that a cell lists, with groups expanded."""
	found = set()
	for name in filter(None, (part.strip() for part in who.split(","))):
		found |= set(people(table()["groups"][name]["people"])) if name in table()["groups"] else {name}
	return found


def parts(person: str) -> list[str]:
	"""Return the people that a login represents: itself, or two of `both`."""
	return table()["both"].get(person, [person])


def roles(person: str) -> set[str]:
	"""Return the roles of a person."""
	return {table()["people"][part]["role"] for part in parts(person)} - {""}


def role_may(person: str, act: str, doctype: str) -> bool:
	"""Whether any role of a person permits the act at all (DocPerm)."""
	return any(act in matrix()[doctype].get(role, "").split() for role in roles(person))


def allowed(act: str, doctype: str, standing: str) -> set[str]:
	"""Return the people who may perform an act on a record of this standing."""
	row = table()["records"][doctype][standing]
	named = {person for person in people(row.get(act, "")) if role_may(person, act, doctype)}
	by_place = named - people(row.get("as_themselves", ""))
	return named | {person for person in table()["both"] if by_place & set(parts(person))}


def over_rest(doctype: str) -> set[str]:
	"""Return the fields that portal users may change over REST besides those of forms and workflows."""
	return set(table()["over_rest"].get(doctype, "").split())


def levels(person: str, doctype: str, standing: str) -> set[int]:
	"""Return the permission levels of a record that a person reads through the roles that open it to them."""
	opening = {role for part in parts(person) if part in allowed("read", doctype, standing) for role in roles(part)}
	rows = (key.partition("@") for key, acts in matrix()[doctype].items() if "read" in acts.split())
	return {int(level or 0) for name, _at, level in rows if name in opening}


# -- in words ------------------------------------------------------------------------------


def as_markdown(label: Callable[[str], str]) -> str:
	"""Return the table as Markdown, for the administrators' guide and `bench kyodo access`. `label`: DocType → its label."""
	heading = table()["heading"]
	lines = [f"| {' | '.join(heading)} |", "|" + "---|" * len(heading)]
	for doctype, standings in table()["records"].items():
		for number, (standing, row) in enumerate(standings.items()):
			cells = [_labels(allowed(act, doctype, standing)) for act in ACTS]
			lines.append(f"| {'' if number else label(doctype)} | {row['ja']} | {' | '.join(cells)} |")
	return "\n".join(lines)


def _labels(who: set[str]) -> str:
	"""Return the Japanese names of the people, with groups where all of their people are included."""
	left, words = set(who), []
	groups = {name: people(name) for name in table()["groups"]}
	for name in sorted(groups, key=lambda name: -len(groups[name])):
		if groups[name] <= left:
			words.append(table()["groups"][name]["ja"])
			left -= groups[name]
	words += [person["ja"] for name, person in table()["people"].items() if name in left]
	return "、".join(words) or "－"
