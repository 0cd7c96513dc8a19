"""The forms in which a proposal is written: what each step shows, and reading what it sends.

Beside the inputs that web/forms.py names, such a form sends `was-<field>` for every field, the digest of what it showed, and for
every row `<table>-<number>-name` or `-key` (of a new row), `-was`, and `-gone` where it is to be removed. A conflict is answered by
`choice-<field>` ("mine" or "theirs") with `seen-<field>`, the digest of the other version; for a row by `<table>-<number>-choice` and
`-seen`.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common import corrections, vocabulary
from kyodo_frappe.permissions.roles import ORGANISATION
from kyodo_frappe.programme import form
from kyodo_frappe.programme.form import FIXED_ROWS, YEAR_OF_LINE, Field
from kyodo_frappe.proposals import budget_checks, drafts, later_documents, proposals
from kyodo_frappe.proposals.drafts import Saved
from kyodo_frappe.rules import merge
from kyodo_frappe.rules.merge import Typed, TypedRow
from kyodo_frappe.web import fields, forms, progress, words
from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.states import WRITING, category_of

ROW_MARKS = ("name", "key", "was", "gone", "choice", "seen")
CHECK = "check"
# what the page that begins a draft asks, so that these alone do not mean that their step was opened
ASKED_AT_THE_BEGINNING = {"title", "call", form.CONTINUED, "acknowledged"}


def step_titles() -> dict[str, str]:
	"""{step: title}"""
	return {
		"basics": _("Title and city money"),
		"sheet": _("Basic sheet"),
		"plan": _("Roles and schedule"),
		"money": _("Income and expenses"),
		"documents": _("Attached documents"),
		"publication": _("Publication and acknowledgement"),
		CHECK: _("Check and hand in"),
	}


# -- reading --------------------------------------------------------------------------


def typed_fields(doc: Document, names: Iterable[str], given: dict) -> dict[str, Typed]:
	"""{fieldname: Typed} of what a request sends for these fields."""
	found = {}
	for name in names:
		if _is_tick(doc, name):
			if f"has-{name}" not in given:
				continue
			text = "1" if given.get(name) else ""
		elif name in given:
			text = str(given[name])
		else:
			continue
		marks = {mark: str(given.get(f"{mark}-{name}") or "") for mark in ("was", "choice", "seen")}
		found[name] = Typed(text, **marks)
	return found


def typed_rows(doc: Document, tables: forms.Tables, given: dict) -> dict[str, list[TypedRow]]:
	"""{table: [TypedRow]} of what a request sends for these tables."""
	return {
		table: [_typed_row(doc, table, columns, row) for row in forms.typed_rows(table, _names(columns), given)]
		for table, columns in tables.items()
		if f"rows-{table}" in given
	}


# -- what one page has stored already --------------------------------------------------------


class Memory:
	"""What a page of a user has stored since it was shown: {place or row: digest}.

	When the response to a save is lost, the page does not know that its text is stored, and its next save would conflict with itself.
	If the memory is lost, the user is shown a conflict. A page numbers its requests (`turn`): a request with a lower number than one
	already stored is outdated.
	"""

	def __init__(self, page: str, turn: str):
		self._key = f"kyodo-page:{frappe.session.user}:{page}" if re.fullmatch(r"[0-9a-z]{12}", page) else ""
		kept = (self._key and frappe.cache.get_value(self._key, expires=True)) or {}
		self._turn = int(turn) if re.fullmatch(r"[0-9]{1,6}", turn) else 0
		self._stored = kept.get("stored", {}) if self._turn >= kept.get("turn", 0) else {}

	def with_known_digests(self, doc: Document, typed: dict[str, Typed]) -> dict[str, Typed]:
		"""The same values, with the current digest where the stored text is this page's own."""
		now = {name: merge.digest(drafts.field_text(doc, name)) for name in typed}
		return {
			name: replace(value, was=now[name]) if self._stored_by_this_page(name, now[name], value) else value
			for name, value in typed.items()
		}

	def rows_with_known_digests(self, doc: Document, typed: dict[str, list[TypedRow]]) -> dict[str, list[TypedRow]]:
		"""As `with_known_digests`, for rows."""
		found = {}
		for table, rows in typed.items():
			now = {row.name: merge.row_digest(drafts.row_texts(row, rows[0].texts)) for row in doc.get(table)} if rows else {}
			found[table] = [
				replace(row, was=now[row.name]) if row.name in now and self._stored_by_this_page(row.name, now[row.name], row) else row
				for row in rows
			]
		return found

	def _stored_by_this_page(self, place: str, now: str, typed: Typed | TypedRow) -> bool:
		return not typed.choice and self._stored.get(place) == now

	def remember(self, answer: dict):
		"""Remember what is stored according to a response of `save_response`."""
		if not self._key:
			return
		fields_now = {name: answer["was"][name] for name in answer["stored"]}
		rows_now = {row["name"]: row["was"] for rows in answer["rows"].values() for row in rows if "name" in row}
		kept = {"turn": self._turn, "stored": {**self._stored, **fields_now, **rows_now}}
		frappe.cache.set_value(self._key, kept, expires_in_sec=forms.KEEP_SECONDS)


def _names(columns: Iterable[str]) -> tuple[str, ...]:
	return (*columns, *(f"has-{column}" for column in columns), *ROW_MARKS)


def _typed_row(doc: Document, table: str, columns: Iterable[str], row: dict) -> TypedRow:
	meta = _row_meta(doc, table)
	texts = {}
	for column in columns:
		if meta.get_field(column).fieldtype == "Check":
			texts[column] = ("1" if row[column] else "") if row[f"has-{column}"] else None
		else:
			texts[column] = None if row[column] is None else str(row[column])
	marks = {mark: str(row[mark] or "") for mark in ("name", "key", "was", "choice", "seen")}
	return TypedRow(**marks, texts=texts, gone=bool(row["gone"]), blank=_is_blank(meta, texts))


def _is_blank(meta, texts: dict) -> bool:
	"""Whether every text of a row is empty, or the default of a new row; choices and ticks do not count."""
	columns = [column for column in texts if vocabulary.is_typed(meta.get_field(column))]
	empty = all((texts[c] or "").strip() in ("", str(meta.get_field(c).default or "")) for c in columns)
	return empty and any(texts[c] is not None for c in columns)


def _row_meta(doc: Document, table: str):
	return frappe.get_meta(doc.meta.get_field(table).options)


def _is_tick(doc: Document, name: str) -> bool:
	return name in drafts.TICKS or doc.meta.get_field(name).fieldtype == "Check"


# -- showing ----------------------------------------------------------------------------


class StepForm:
	"""The inputs of one step: the stored values, and what was typed where it could not be stored.

	values: {fieldname: text}; was: {fieldname: digest}; rows: {table: [{place, name, key, was, gone, <column>: text}]}; notes: {place:
	[conflict or problem]} to show beside the inputs.
	"""

	def __init__(self, doc: Document, names: Iterable[str], tables: forms.Tables, form: str):
		notice = forms.current_notice() or {}
		typed = notice.get("typed") or {}
		self.typed = typed if typed.get("form") == form else {}
		self._messages = {key: notice.get(key) or {} for key in ("conflicts", "problems")} if self.typed else {}
		self.notes: dict[str, list[dict]] = {}
		self.values, self.was, self.rows = {}, {}, {}
		self._fill_fields(doc, names)
		for table, columns in tables.items():
			self.rows[table] = self._table(doc, table, columns)

	def _keeps_typed(self, place: str) -> bool:
		"""Whether a place shows what was typed: it could not be stored, or nothing could."""
		places = [*self._messages.get("conflicts", ()), *self._messages.get("problems", ())]
		return bool(self.typed) and (place in places or not places)

	def _note(self, place: str, shown_at: str):
		if place in self._messages.get("conflicts", ()):
			self.notes.setdefault(shown_at, []).append({"kind": "conflict", **self._messages["conflicts"][place]})
		if place in self._messages.get("problems", ()):
			self.notes.setdefault(shown_at, []).append({"kind": "problem", "text": self._messages["problems"][place]})

	def _fill_fields(self, doc: Document, names: Iterable[str]):
		typed = typed_fields(doc, names, self.typed)
		for name in names:
			stored = drafts.field_text(doc, name)
			self.values[name], self.was[name] = stored, merge.digest(stored)
			if name in typed and self._keeps_typed(name):
				self.values[name], self.was[name] = typed[name].text, typed[name].was
				self._note(name, name)

	def _table(self, doc: Document, table: str, columns: Iterable[str]) -> list[dict]:
		typed = typed_rows(doc, {table: columns}, self.typed).get(table, [])
		unsaved = {
			number: row for number, row in enumerate(typed) if self._keeps_typed(f"{table}-{number}") and not (row.blank and not row.name)
		}
		rows = []
		for stored in doc.get(table):
			numbers = [n for n, row in unsaved.items() if drafts.row_name(doc, table, row) == stored.name]
			typed_row = unsaved.pop(numbers[0]) if numbers else None
			rows.append(self._row(doc, table, len(rows), columns, stored, typed_row, numbers))
		for number, typed_row in unsaved.items():
			rows.append(self._row(doc, table, len(rows), columns, None, typed_row, [number]))
		if _row_meta(doc, table).name in FIXED_ROWS:
			return rows
		blank = {column: _default(doc, table, column) for column in columns}
		key = frappe.generate_hash(length=12)
		return [*rows, {"place": f"{table}-{len(rows)}", "name": "", "key": key, "was": "", "gone": False, **blank}]

	def _row(self, doc, table, position, columns, stored, typed_row: TypedRow | None, numbers: list[int]) -> dict:
		place = f"{table}-{position}"
		for number in numbers:
			self._note(f"{table}-{number}", place)
		if typed_row is None:
			texts = drafts.row_texts(stored, columns)
			return {"place": place, "name": stored.name, "key": "", "was": merge.row_digest(texts), "gone": False, **texts}
		texts = {column: text or "" for column, text in typed_row.texts.items()}
		return {"place": place, "name": typed_row.name, "key": typed_row.key, "was": typed_row.was, "gone": typed_row.gone, **texts}


def _default(doc: Document, table: str, column: str) -> str:
	df = _row_meta(doc, table).get_field(column)
	if vocabulary.is_choice(df):
		return df.default or next((value for value, _word in vocabulary.options(df)), "")
	return str(df.default or "") if df.fieldtype in ("Check", "Float") or column == YEAR_OF_LINE else ""


def save_response(saved: Saved, given: dict, names: Iterable[str], tables: forms.Tables) -> dict:
	"""Return what became of a form, for its script and its next page.

	{at, stored: {fieldname: text}, was: {fieldname: digest}, theirs: [fields that somebody else has changed], rows: {table: [{number, name,
	was, texts, theirs} or {number, gone}]}, others: {table: number of further rows}, conflicts, problems, missing: {step: number}, steps:
	{step: {state, word, note}}, cautions, computation}
	"""
	doc = saved.doc
	stored = {name: drafts.field_text(doc, name) for name in names}
	typed = typed_fields(doc, names, given)
	missing = gaps(doc)
	rows, others = {}, {}
	for table, columns in tables.items():
		if f"rows-{table}" in given:
			rows[table], others[table] = _rows_response(saved, table, columns, given)
	return {
		"at": f"{frappe.utils.now_datetime():%H:%M}",
		"stored": {name: text for name, text in stored.items() if name not in saved.conflicts and name not in saved.problems},
		"was": {name: merge.digest(text) for name, text in stored.items()},
		"theirs": [name for name, value in typed.items() if value.was == merge.digest(value.text) != merge.digest(stored[name])],
		"rows": rows,
		"others": others,
		"conflicts": describe_conflicts(saved),
		"problems": saved.problems,
		"missing": {step: len(found) for step, found in missing.items()},
		"steps": steps_so_far(doc, missing),
		"cautions": [caution.text for caution in budget_checks.cautions(doc)],
		"computation": budget_checks.computation(doc),
	}


def _rows_response(saved: Saved, table: str, columns: Iterable[str], given: dict) -> tuple[list[dict], int]:
	"""([{number, name, was, texts, theirs} or {number, gone}] of the sent rows, number of further rows)"""
	stored = {row.name: row for row in saved.doc.get(table)}
	rows, known_names = [], set()
	for number, row in enumerate(typed_rows(saved.doc, {table: columns}, given)[table]):
		name = drafts.row_name(saved.doc, table, row)
		known_names.add(name)
		place = f"{table}-{number}"
		if place in saved.conflicts or place in saved.problems:
			continue
		if name in stored:
			texts = drafts.row_texts(stored[name], columns)
			now = merge.row_digest(texts)
			theirs = bool(row.was) and row.was == merge.row_digest({c: t or "" for c, t in row.texts.items()}) != now
			rows.append({"number": number, "name": name, "was": now, "texts": texts, "theirs": theirs})
		elif row.name:
			rows.append({"number": number, "gone": True})
	return rows, len(set(stored) - known_names)


def describe_conflicts(saved: Saved) -> dict[str, dict]:
	"""{place: {theirs: [(heading, text)], removed, who, when, seen}}"""
	return {
		place: {
			"theirs": _their_texts(saved.doc, place, found["theirs"]),
			"removed": found["theirs"] is None,
			"who": found["who"],
			"when": words.moment(found["when"]),
			"seen": found["seen"],
		}
		for place, found in saved.conflicts.items()
	}


def _their_texts(doc: Document, place: str, theirs) -> list[tuple[str, str]]:
	if isinstance(theirs, dict):
		meta = _row_meta(doc, place.rsplit("-", 1)[0])
		return [(_(meta.get_label(column)), display_text(meta.get_field(column), text)) for column, text in theirs.items()]
	if theirs is None:
		return []
	return [("", _yes_or_no(theirs) if place in drafts.TICKS else display_text(doc.meta.get_field(place), theirs))]


def display_text(df, text: str) -> str:
	"""Return the text of a value as people read it."""
	if df.fieldtype == "Check":
		return _yes_or_no(text)
	if vocabulary.is_choice(df):
		return vocabulary.shown(df, text)
	if df.fieldtype == "Link" and text:
		title = frappe.get_meta(df.options).title_field or "name"
		return frappe.db.get_value(df.options, text, title) or text
	return text


def _yes_or_no(text: str) -> str:
	return _("Yes") if text else _("No")


# -- the steps -----------------------------------------------------------------------------


def steps_of(doc: Document) -> dict[str, list[Field]]:
	"""{step: its fields} in the order of writing; the check at the end has none."""
	fields_of_step = form.steps_of(doc)
	always = ("documents", "publication")
	if later_documents.is_open(doc):
		fields_of_step = {step: [field for field in fields if _is_open_late(field)] for step, fields in fields_of_step.items()}
		always = ("documents",)
	steps = {step: fields for step, fields in fields_of_step.items() if fields or step in always}
	return {**steps, CHECK: []}


def _is_open_late(field: Field) -> bool:
	"""Whether a field is written with the documents after the section talk, or is open in every state."""
	return later_documents.opens(field) or field.name in fields_open_after_submission()


def writable_parts(doc: Document, step: str, after_submission: bool = False) -> tuple[tuple[str, ...], forms.Tables]:
	"""(fields, tables) that the form of a step writes; files have forms of their own.

	after_submission: only what stays open once the proposal is handed in.
	"""
	open_fields = fields_open_after_submission()
	names, tables = fields.split(field for field in steps_of(doc).get(step, ()) if not after_submission or field.name in open_fields)
	if step == "publication" and not (after_submission or later_documents.is_open(doc)):
		names += tuple(drafts.TICKS)
	return names, tables


def fields_open_after_submission() -> set[str]:
	"""Return the fields that the organisation may change in every state (workflows/proposal.json: open_fields)."""
	return {name for name, roles in specs()["Kyodo Proposal"]["open_fields"].items() if ORGANISATION in roles}


def step_of(doc: Document, fieldname: str) -> str:
	"""Return the step in which a field is asked, or ""."""
	field = form.field_of(doc, fieldname)
	return field.step if field and form.PORTAL in field.places else ""


def gaps(doc: Document) -> dict[str, list[dict]]:
	"""{step: [{label, address}]} of what has to be filled in before handing in; step "" for requirements outside of the steps."""
	found: dict[str, list[dict]] = {}
	for label, step, name in proposals.missing(doc):
		address = f"{address_of(doc.name, step)}{f'#i-{name}' if name else ''}" if step else ""
		found.setdefault(step, []).append({"label": label, "address": address})
	return found


def address_of(name: str, step: str = "") -> str:
	"""Return the address of a proposal, or of one of its steps, in the portal."""
	return f"/kyodo/my/proposals/{name}/{step}".rstrip("/")


# -- how far the steps are ---------------------------------------------------------------------


def steps_so_far(doc: Document, missing: dict[str, list[dict]]) -> dict[str, dict]:
	"""{step: {state, word, note}} of the steps with questions (web/progress.py). missing: as `gaps`."""
	steps = steps_of(doc)
	filled = {step: _answered(doc, step, fields) for step, fields in steps.items() if step != CHECK}
	to_correct = _steps_to_correct(doc)
	nothing_missing = not any(missing.values())
	return {
		step: progress.step(
			len(names),
			len(missing.get(step, [])),
			_required(doc, step, steps[step]),
			step in to_correct,
			begun_only=not nothing_missing and names <= ASKED_AT_THE_BEGINNING,
		)
		for step, names in filled.items()
	}


def _answered(doc: Document, step: str, fields_of_step: list[Field]) -> set[str]:
	found = set(progress.answered(doc, fields_of_step))
	if step == "documents":
		found |= {row.name for row in doc.attachments if row.file}
	if step == "publication":
		found |= {tick for tick, kept in drafts.TICKS.items() if doc.get(kept)}
	return found


def _required(doc: Document, step: str, fields_of_step: list[Field]) -> int:
	"""The number of required questions of a step, ticks and documents included."""
	count = sum(field.required for field in fields_of_step)
	if step == "documents":
		count += sum(bool(row.required) for row in later_documents.documents_of(doc))
	return count + (len(drafts.TICKS) if step == "publication" else 0)


def _steps_to_correct(doc: Document) -> set[str]:
	"""The steps with a correction that the office has requested and that has no answer yet."""
	if category_of(doc) != WRITING:
		return set()
	rows = corrections.open_by_field(doc)
	return {step_of(doc, name) for name in rows if name and not all(row.answer for row in rows[name])} - {""}
