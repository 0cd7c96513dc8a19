"""A proposal written by several people at once: each saves what they changed, nobody overwrites the others.

`save` takes values as they were typed, each with the digest of what its form showed (rules/merge.py), and stores
every one that only its writer has changed. What two people changed differently, what cannot be read and what the
record refuses comes back by its place (a field, or table-number of a row as it was sent); all the rest is stored.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, now_datetime, strip_html

from kyodo_frappe.common import history
from kyodo_frappe.rules import merge
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.rules.merge import Typed, TypedRow
from kyodo_frappe.web.typed_values import MAX_AMOUNT, as_stored, as_typed, missing_fields_message, parse

DOCTYPE = "Kyodo Proposal"
MOST_ROWS = 200
SAVEPOINT = "kyodo_draft"
# shown as a tick, kept as the moment in which it was ticked
TICKS = {"acknowledged": "acknowledged_on"}
REFUSALS = (frappe.ValidationError, frappe.PermissionError, RuleError)


@dataclass
class Saved:
	"""What became of what was typed, by place. conflicts: {place: {theirs, who, when, seen}}, theirs as text, for a
	row as {column: text}, None where it was removed; problems: {place: sentence}; changed: whether anything was stored."""

	doc: Document
	changed: bool = False
	conflicts: dict[str, dict] = field(default_factory=dict)
	problems: dict[str, str] = field(default_factory=dict)

	@property
	def whole(self) -> bool:
		return not (self.conflicts or self.problems)


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
	"""Store what was typed into a proposal that was read under a lock and that this user may write.

	`drop_emptied`: a stored row whose every text was taken out is removed; while somebody types it is left alone.
	Raises PermissionError for who may not write, and what the database raises when two saves lock each other out.
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
	"""A field as its input shows it."""
	if name in TICKS:
		return "1" if doc.get(TICKS[name]) else ""
	return as_typed(doc.meta.get_field(name), doc.get(name))


def row_texts(row: Document, columns) -> dict[str, str]:
	"""A row as its inputs show it."""
	return {column: as_typed(row.meta.get_field(column), row.get(column)) for column in columns}


def row_name(doc: Document, table: str, typed: TypedRow) -> str:
	"""The name under which a typed row is stored, or would be: its own, or for a new row (and for one that its writer
	brings back after somebody removed it) always the same one."""
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
		value = _field_value(doc, name, typed.text)
		text = typed.text if name in TICKS else as_stored(doc.meta.get_field(name), typed.text)
	except REFUSALS as error:
		saved.problems[name] = sentence(error)
		return None
	found = merge.outcome(Typed(text, typed.was, typed.choice, typed.seen), stored)
	if found == merge.CONFLICT:
		writer = history.last_change_of(doc, ("", TICKS.get(name, name)))
		saved.conflicts[name] = {"theirs": stored, "seen": merge.digest(stored), **writer}
	if found != merge.WRITE:
		return None
	return _Change(name, lambda doc: doc.set(TICKS.get(name, name), value))


def _field_value(doc: Document, name: str, text: str):
	if name in TICKS:
		return now_datetime().replace(microsecond=0) if text else None
	df = doc.meta.get_field(name)
	value = parse(df, text)
	if df.reqd and value is None:
		frappe.throw(_("“{0}” cannot be left empty.").format(_(df.label)))
	return value


# -- one row ---------------------------------------------------------------------------


def _row_change(saved: Saved, table: str, number: int, typed: TypedRow, drop_emptied: bool) -> _Change | None:
	doc, place = saved.doc, f"{table}-{number}"
	name = row_name(doc, table, typed)
	stored = next((row for row in doc.get(table) if row.name == name), None)
	before = row_texts(stored, typed.texts) if stored else None
	typed = _read_row(saved, table, number, _completed(typed, stored, before))
	if typed is None:
		return None
	found = _outcome(typed, before, drop_emptied)
	if found == merge.CONFLICT:
		seen = merge.row_digest(before) if before else ""
		saved.conflicts[place] = {"theirs": before, "seen": seen, **history.last_change_of(doc, (table, typed.name))}
	elif found in (merge.WRITE, merge.ADD) and (problem := _unfinished(doc, table, number, typed.texts)):
		saved.problems[place] = _of_row(table, number, problem, doc)
		return None
	changes = {
		merge.REMOVE: lambda doc: _remove(doc, table, name),
		merge.WRITE: lambda doc: _row(doc, table, name).update(_values(doc, table, typed.texts)),
		merge.ADD: lambda doc: _add(doc, table, name, _values(doc, table, typed.texts)),
	}
	return _Change(place, changes[found]) if found in changes else None


def _read_row(saved: Saved, table: str, number: int, typed: TypedRow) -> TypedRow | None:
	"""A row with its texts as they would be stored; None for one that cannot be read, which is a problem if it was changed."""
	if typed.gone or typed.blank:
		return typed  # a row that nobody would store needs no reading
	try:
		return replace(typed, texts=_meant_texts(saved.doc, table, typed.texts))
	except REFUSALS as error:
		if not typed.was or merge.row_digest(typed.texts) != typed.was:
			saved.problems[f"{table}-{number}"] = _of_row(table, number, sentence(error), saved.doc)
		return None


def _completed(typed: TypedRow, stored: Document | None, before: dict[str, str] | None) -> TypedRow:
	"""A typed row with all its columns; one that the form did not send stays as it is."""
	texts = {column: (before or {}).get(column, "") if text is None else text for column, text in typed.texts.items()}
	typed = replace(typed, texts=texts)
	if stored and stored.name != typed.name:
		# the answer that named this row was lost on its way: what is stored is what this form sent before
		return replace(typed, name=stored.name, was=merge.row_digest(before))
	return typed


def _outcome(typed: TypedRow, before: dict[str, str] | None, drop_emptied: bool) -> str:
	found = merge.row_outcome(typed, before)
	if found == merge.EMPTIED:
		return merge.REMOVE if drop_emptied else merge.KEEP
	return found


def _columns(doc: Document, table: str):
	return frappe.get_meta(doc.meta.get_field(table).options)


def _meant_texts(doc: Document, table: str, texts: Mapping[str, str]) -> dict[str, str]:
	columns = _columns(doc, table)
	return {column: as_stored(columns.get_field(column), text) for column, text in texts.items()}


def _values(doc: Document, table: str, texts: Mapping[str, str]) -> dict:
	columns = _columns(doc, table)
	return {column: parse(columns.get_field(column), text) for column, text in texts.items()}


def _unfinished(doc: Document, table: str, number: int, texts: Mapping[str, str]) -> str | None:
	"""Why a row cannot be stored yet, as a sentence."""
	if number >= MOST_ROWS:
		return _("There are at most {0} rows.").format(MOST_ROWS)
	columns = _columns(doc, table)
	empty = [_(columns.get_field(column).label) for column, text in texts.items() if columns.get_field(column).reqd and not text.strip()]
	if empty:
		return _("Please fill in {0} too; then this row is saved.").format(_(", ").join(empty))
	if "unit_price" in texts and flt(texts["unit_price"]) * flt(texts.get("quantity") or 1) > MAX_AMOUNT:
		return _("The unit price times the quantity is too large an amount.")
	return None


def _of_row(table: str, number: int, problem: str, doc: Document) -> str:
	return _("{0}, row {1}: {2}").format(_(doc.meta.get_label(table)), number + 1, problem)


def _row(doc: Document, table: str, name: str) -> Document:
	return next(row for row in doc.get(table) if row.name == name)


def _remove(doc: Document, table: str, name: str):
	doc.remove(_row(doc, table, name))
	for number, row in enumerate(doc.get(table), start=1):
		row.idx = number


def _add(doc: Document, table: str, name: str, values: dict):
	row = doc.append(table, values)
	row.name = name  # still a new row: append has marked it as one


# -- storing -----------------------------------------------------------------------------


def _store(saved: Saved, changes: list[_Change]):
	"""All together; where the record refuses that, each by itself, so that one refusal costs nothing else."""
	if _stored(saved, changes) is None:
		return
	for change in changes:
		if (refusal := _stored(saved, [change])) is not None:
			saved.problems[change.place] = refusal


def _stored(saved: Saved, changes: list[_Change]) -> str | None:
	"""None, or the sentence with which the record refuses these changes; then nothing of them is stored."""
	frappe.db.savepoint(SAVEPOINT)
	doc = saved.doc
	said = len(frappe.local.message_log)
	try:
		for change in changes:
			change.apply(doc)
		doc.save(ignore_version=True)
	except REFUSALS as error:
		frappe.db.rollback(save_point=SAVEPOINT)
		del frappe.local.message_log[said:]
		saved.doc = frappe.get_doc(DOCTYPE, doc.name, for_update=True)
		return sentence(error)
	_keep_version(doc)
	saved.changed = True
	return None


def sentence(error: Exception) -> str:
	"""What an error says, as plain text."""
	if isinstance(error, RuleError):
		return _(error.source).format(*error.args_)
	return missing_fields_message(error) or strip_html(str(error) or "").strip() or _("This is not possible.")


# -- who changed what ----------------------------------------------------------------------


def _keep_version(doc: Document):
	version = frappe.new_doc("Version")
	if version.update_version_info(doc.get_doc_before_save(), doc):
		history.record_change(doc, json.loads(version.data))
