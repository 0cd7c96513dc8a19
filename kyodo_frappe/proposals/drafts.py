"""Saving a proposal that several people write at once, without overwriting each other.

`save` takes the typed values, each with the digest of what its form showed (rules/merge.py), and stores every one that only its
writer has changed. What two people changed differently, what cannot be read and what the record refuses is returned by place: a
fieldname, or <table>-<number> of a row as it was sent.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, now_datetime, strip_html

from kyodo_frappe.common import history
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.rules import merge
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.rules.merge import Typed, TypedRow
from kyodo_frappe.web.typed_values import MAX_AMOUNT, as_stored, as_typed, missing_fields_message, parse

DOCTYPE = "Kyodo Proposal"
MOST_ROWS = 200
SAVEPOINT = "kyodo_draft"
# {name of a tick: field that keeps when it was ticked}
TICKS = {"acknowledged": "acknowledged_on"}
REFUSALS = (frappe.ValidationError, frappe.PermissionError, RuleError)


@dataclass
class Saved:
	"""The result of `save`.

	conflicts: {place: {theirs, who, when, seen}}; theirs is the stored text, {column: text} of a row, None where it was removed.
	problems: {place: sentence}. changed: whether anything was stored.
	"""

	doc: Document
	changed: bool = False
	conflicts: dict[str, dict] = field(default_factory=dict)
	problems: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Change:
	place: str
	apply: Callable[[Document], None]


def save(
	proposal: Document,
	fields: Mapping[str, Typed],
	tables: Mapping[str, list[TypedRow]],
	*,
	drop_emptied: bool = False,
) -> Saved:
	"""Store typed values in a proposal that was loaded with `for_update`.

	drop_emptied: remove a stored row whose texts were all emptied; while it is being typed it is left alone. Raises PermissionError
	without the right to write, and what the database raises when two saves deadlock.
	"""
	proposal.check_permission("write")
	saved = Saved(proposal)
	changes = [change for name, typed in fields.items() if (change := _field_change(saved, name, typed))]
	for table, rows in tables.items():
		for number, row in enumerate(rows):
			if change := _row_change(saved, table, number, row, drop_emptied):
				changes.append(change)
	if changes:
		_store(saved, changes)
	return saved


# -- what is stored, as texts --------------------------------------------------------


def field_text(doc: Document, name: str) -> str:
	"""Return the value of a field as its input shows it."""
	if name in TICKS:
		return "1" if doc.get(TICKS[name]) else ""
	return as_typed(doc.meta.get_field(name), doc.get(name))


def row_texts(row: Document, columns) -> dict[str, str]:
	"""{column: text} of a row as its inputs show it."""
	return {column: as_typed(row.meta.get_field(column), row.get(column)) for column in columns}


def row_name(doc: Document, table: str, typed: TypedRow) -> str:
	"""Return the name under which a typed row is stored, or would be.

	A new row, or one that its writer restores after somebody removed it, always gets the same name, so that it is added once.
	"""
	if any(row.name == typed.name for row in doc.get(table)):
		return typed.name
	return merge.row_name(doc.name, table, typed.key or typed.name or frappe.generate_hash(length=12))


# -- one field -------------------------------------------------------------------------


def _field_change(saved: Saved, name: str, typed: Typed) -> _Change | None:
	doc = saved.doc
	stored = field_text(doc, name)
	if merge.digest(typed.text) in (merge.digest(stored), typed.was):
		return None
	try:
		value = _parse_field(doc, name, typed.text)
		text = typed.text if name in TICKS else as_stored(doc.meta.get_field(name), typed.text)
	except REFUSALS as error:
		saved.problems[name] = error_message(error)
		return None
	found = merge.outcome(Typed(text, typed.was, typed.choice, typed.seen), stored)
	if found == merge.CONFLICT:
		writer = history.last_change_of(doc, ("", TICKS.get(name, name)))
		saved.conflicts[name] = {"theirs": stored, "seen": merge.digest(stored), **writer}
	if found != merge.WRITE:
		return None
	return _Change(name, lambda doc: doc.set(TICKS.get(name, name), value))


def _parse_field(doc: Document, name: str, text: str):
	if name in TICKS:
		return now_datetime().replace(microsecond=0) if text else None
	df = doc.meta.get_field(name)
	value = parse(df, text)
	if df.reqd and value is None:
		frappe.throw(_("“{0}” cannot be left empty.").format(_(df.label)), InputMissing)
	return value


# -- one row ---------------------------------------------------------------------------


def _row_change(saved: Saved, table: str, number: int, typed: TypedRow, drop_emptied: bool) -> _Change | None:
	doc, place = saved.doc, f"{table}-{number}"
	name = row_name(doc, table, typed)
	stored = next((row for row in doc.get(table) if row.name == name), None)
	before = row_texts(stored, typed.texts) if stored else None
	typed = _parse_row(saved, table, number, _completed(typed, stored, before))
	if typed is None:
		return None
	found = _outcome(typed, before, drop_emptied)
	if found == merge.CONFLICT:
		seen = merge.row_digest(before) if before else ""
		saved.conflicts[place] = {"theirs": before, "seen": seen, **history.last_change_of(doc, (table, typed.name))}
	elif found in (merge.WRITE, merge.ADD) and (problem := _unfinished(doc, table, number, typed.texts)):
		saved.problems[place] = _row_message(table, number, problem, doc)
		return None
	changes = {
		merge.REMOVE: lambda doc: _remove(doc, table, name),
		merge.WRITE: lambda doc: _row_named(doc, table, name).update(_values(doc, table, typed.texts)),
		merge.ADD: lambda doc: _add(doc, table, name, _values(doc, table, typed.texts)),
	}
	return _Change(place, changes[found]) if found in changes else None


def _parse_row(saved: Saved, table: str, number: int, typed: TypedRow) -> TypedRow | None:
	"""The row with its texts as they would be stored; None, and a problem if it was changed, where it cannot be read."""
	if typed.gone or typed.blank:
		return typed  # not stored, so not parsed
	try:
		return replace(typed, texts=_normalised_texts(saved.doc, table, typed.texts))
	except REFUSALS as error:
		if not typed.was or merge.row_digest(typed.texts) != typed.was:
			saved.problems[f"{table}-{number}"] = _row_message(table, number, error_message(error), saved.doc)
		return None


def _completed(typed: TypedRow, stored: Document | None, before: dict[str, str] | None) -> TypedRow:
	"""The row with all its columns; a column that the form did not send keeps its stored text."""
	texts = {column: (before or {}).get(column, "") if text is None else text for column, text in typed.texts.items()}
	typed = replace(typed, texts=texts)
	if stored and stored.name != typed.name:
		# the response that named this row was lost: what is stored is what this form sent before
		return replace(typed, name=stored.name, was=merge.row_digest(before))
	return typed


def _outcome(typed: TypedRow, before: dict[str, str] | None, drop_emptied: bool) -> str:
	found = merge.row_outcome(typed, before)
	if found == merge.EMPTIED:
		return merge.REMOVE if drop_emptied else merge.KEEP
	return found


def _row_meta(doc: Document, table: str):
	return frappe.get_meta(doc.meta.get_field(table).options)


def _normalised_texts(doc: Document, table: str, texts: Mapping[str, str]) -> dict[str, str]:
	meta = _row_meta(doc, table)
	return {column: as_stored(meta.get_field(column), text) for column, text in texts.items()}


def _values(doc: Document, table: str, texts: Mapping[str, str]) -> dict:
	meta = _row_meta(doc, table)
	return {column: parse(meta.get_field(column), text) for column, text in texts.items()}


def _unfinished(doc: Document, table: str, number: int, texts: Mapping[str, str]) -> str | None:
	"""Why a row cannot be stored yet, as a sentence; None where it can."""
	if number >= MOST_ROWS:
		return _("There are at most {0} rows.").format(MOST_ROWS)
	meta = _row_meta(doc, table)
	empty = [_(meta.get_field(column).label) for column, text in texts.items() if meta.get_field(column).reqd and not text.strip()]
	if empty:
		return _("Please fill in {0} too; then this row is saved.").format(_(", ").join(empty))
	if "unit_price" in texts and flt(texts["unit_price"]) * flt(texts.get("quantity") or 1) > MAX_AMOUNT:
		return _("The unit price times the quantity is too large an amount.")
	return None


def _row_message(table: str, number: int, problem: str, doc: Document) -> str:
	return _("{0}, row {1}: {2}").format(_(doc.meta.get_label(table)), number + 1, problem)


def _row_named(doc: Document, table: str, name: str) -> Document:
	return next(row for row in doc.get(table) if row.name == name)


def _remove(doc: Document, table: str, name: str):
	doc.remove(_row_named(doc, table, name))
	for number, row in enumerate(doc.get(table), start=1):
		row.idx = number


def _add(doc: Document, table: str, name: str, values: dict):
	row = doc.append(table, values)
	row.name = name  # append has marked the row as new


# -- storing -----------------------------------------------------------------------------


def _store(saved: Saved, changes: list[_Change]):
	"""Store all changes together; where the record refuses that, each by itself, so that one refusal costs nothing else."""
	if _try_store(saved, changes) is None:
		return
	for change in changes:
		if (refusal := _try_store(saved, [change])) is not None:
			saved.problems[change.place] = refusal


def _try_store(saved: Saved, changes: list[_Change]) -> str | None:
	"""None, or the sentence with which the record refuses these changes; then none of them is stored."""
	frappe.db.savepoint(SAVEPOINT)
	doc = saved.doc
	logged = len(frappe.local.message_log)
	try:
		for change in changes:
			change.apply(doc)
		doc.save(ignore_version=True)
	except REFUSALS as error:
		frappe.db.rollback(save_point=SAVEPOINT)
		del frappe.local.message_log[logged:]
		saved.doc = frappe.get_doc(DOCTYPE, doc.name, for_update=True)
		return error_message(error)
	_record_version(doc)
	saved.changed = True
	return None


def error_message(error: Exception) -> str:
	"""Return the message of a refusal as plain text."""
	if isinstance(error, RuleError):
		return _(error.source).format(*error.args_)
	return missing_fields_message(error) or strip_html(str(error) or "").strip() or _("This is not possible.")


# -- who changed what ----------------------------------------------------------------------


def _record_version(doc: Document):
	version = frappe.new_doc("Version")
	if version.update_version_info(doc.get_doc_before_save(), doc):
		history.record_change(doc, json.loads(version.data))
