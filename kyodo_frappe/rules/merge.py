"""Concurrent edits of one record: what can be stored, and what only its writers can decide.

A form sends each value with the digest of the value it was shown with. So the server can tell the changes of a writer from
those stored by others meanwhile, field by field and row by row (design.md §5: two people who act at once; §7: drafts are
saved as one types). Values are texts as a form shows them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEEP = "keep"  # nothing to do: already stored, or not changed in this form
WRITE = "write"
ADD = "add"
REMOVE = "remove"
EMPTIED = "emptied"  # a stored row whose texts were all cleared
CONFLICT = "conflict"

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True)
class Typed:
	"""A value as a form sends it. `was`: digest of the value shown; `choice` and `seen`: the resolution of a conflict (MINE or
	THEIRS), and the digest of the other version shown with it."""

	text: str
	was: str = ""
	choice: str = ""
	seen: str = ""


@dataclass(frozen=True)
class TypedRow:
	"""A row as a form sends it. `name`: of a stored row; `key`: assigned by the form to a new row, so that sending it twice adds
	it once; `texts`: {column: text}; `gone`: ticked for removal; `blank`: left empty."""

	name: str = ""
	key: str = ""
	texts: Mapping[str, str] = field(default_factory=dict)
	was: str = ""
	gone: bool = False
	blank: bool = False
	choice: str = ""
	seen: str = ""


def digest(text: str) -> str:
	"""A short digest of a text; all kinds of line ends are the same (a browser sends CRLF)."""
	return hashlib.sha256(text.replace("\r\n", "\n").replace("\r", "\n").encode()).hexdigest()[:16]


def row_digest(texts: Mapping[str, str]) -> str:
	"""A short digest of a row's texts, whatever the order of its columns."""
	return digest("\x1e".join(f"{column}\x1f{texts[column]}" for column in sorted(texts)))


def outcome(typed: Typed, stored: str) -> str:
	"""KEEP, WRITE or CONFLICT for one value. Without a digest, the form has shown an empty field."""
	return _outcome(digest(typed.text), digest(stored), typed.was or digest(""), typed)


def row_outcome(typed: TypedRow, stored: Mapping[str, str] | None) -> str:
	"""KEEP, WRITE, ADD, REMOVE, EMPTIED or CONFLICT for one row; `stored`: its texts, None if there is none.

	A row that somebody else removed is added again only if the writer who changed it chooses so.
	"""
	if stored is None:
		return _outcome_without(typed)
	theirs = row_digest(stored)
	if typed.gone and typed.choice != THEIRS:
		known = typed.seen if typed.choice == MINE else typed.was
		return REMOVE if known == theirs else CONFLICT
	found = _outcome(row_digest(typed.texts), theirs, typed.was, typed)
	return EMPTIED if found == WRITE and typed.blank else found


def _outcome_without(typed: TypedRow) -> str:
	"""The outcome for a row that is not stored: new, or removed by somebody else."""
	is_untouched = typed.name and row_digest(typed.texts) == typed.was
	if typed.gone or typed.blank or typed.choice == THEIRS or is_untouched:
		return KEEP
	return CONFLICT if typed.name and typed.choice != MINE else ADD


def _outcome(mine: str, theirs: str, was: str, typed: Typed | TypedRow) -> str:
	if mine == theirs:
		return KEEP
	if typed.choice == THEIRS and typed.seen == theirs:
		return KEEP
	if typed.choice == MINE:
		return WRITE if typed.seen == theirs else CONFLICT
	if mine == was:
		return KEEP
	return WRITE if was == theirs else CONFLICT


def row_name(record: str, table: str, key: str) -> str:
	"""The name of a new row: the same for the same key, table and record."""
	return hashlib.sha256("\x1f".join((record, table, key)).encode()).hexdigest()[:20]


# -- combining changes --------------------------------------------


def compose(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
	"""Two successive changes as one, both as in Frappe's Version.

	{changed: [[field, old, new]], added and removed: [[table, row]], row_changed: [[table, index, row, [[field, old, new]]]]}.
	What was changed back, and rows added and removed again, are left out.
	"""
	rows = _Rows(first)
	rows.follow(second)
	return {**second, "changed": _chained(first.get("changed") or [], second.get("changed") or []), **rows.as_version()}


class _Rows:
	"""The changed rows of all tables, by (table, name of the row)."""

	def __init__(self, change: Mapping[str, Any]):
		self.added = {_row_id(table, row): [table, dict(row)] for table, row in change.get("added") or []}
		self.removed = {_row_id(table, row): [table, dict(row)] for table, row in change.get("removed") or []}
		self.changed = {(table, name): [table, index, name, cells] for table, index, name, cells in change.get("row_changed") or []}

	def follow(self, change: Mapping[str, Any]):
		"""Apply a later change."""
		for table, index, name, cells in change.get("row_changed") or []:
			self._change(table, index, name, cells)
		for table, row in change.get("removed") or []:
			self._remove(table, row)
		for table, row in change.get("added") or []:
			self.added[_row_id(table, row)] = [table, dict(row)]

	def _change(self, table: str, index: int, name: str, cells: list):
		if (table, name) in self.added:
			self.added[table, name][1].update({column: new for column, _old, new in cells})
		else:
			self.changed[table, name] = [table, index, name, _chained(self._cells(table, name), cells)]

	def _remove(self, table: str, row: Mapping[str, Any]):
		"""A row that was changed before is removed with its original values."""
		place = _row_id(table, row)
		if self.added.pop(place, None) is None:
			self.removed[place] = [table, {**row, **{column: old for column, old, _new in self._cells(*place)}}]
			self.changed.pop(place, None)

	def _cells(self, table: str, name: str) -> list:
		return self.changed[table, name][3] if (table, name) in self.changed else []

	def as_version(self) -> dict[str, list]:
		"""{added, removed, row_changed} as in Frappe's Version."""
		return {
			"added": list(self.added.values()),
			"removed": list(self.removed.values()),
			"row_changed": [row for row in self.changed.values() if row[3]],
		}


def touched(change: Mapping[str, Any]) -> set[tuple[str, str]]:
	"""The places of a change: ("", field) and (table, row)."""
	found = {("", name) for name, _old, _new in change.get("changed") or []}
	found |= {(table, name) for table, _index, name, _changes in change.get("row_changed") or []}
	return found | {_row_id(table, row) for kind in ("added", "removed") for table, row in change.get(kind) or []}


def is_empty(change: Mapping[str, Any]) -> bool:
	"""Whether a change touches nothing."""
	return not touched(change)


def _chained(first: list, second: list) -> list:
	"""[[field, old, new]] of two successive lists of changes."""
	oldest = {name: old for name, old, _new in first}
	latest = {name: [name, oldest.get(name, old), new] for name, old, new in [*first, *second]}
	return [change for change in latest.values() if change[1] != change[2]]


def _row_id(table: str, row: Mapping[str, Any]) -> tuple[str, str]:
	return table, row["name"]
