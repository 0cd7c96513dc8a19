"""Taking a filled Excel form into a draft, and the endpoints of the desk (domain.md §6).

Reading a form back is writing together (drafts.py): what only its writer has changed is stored; what somebody else has changed
since the form was downloaded is reported as a conflict. The file itself is not kept.
"""

import re
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common import printing, workbooks
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import form
from kyodo_frappe.proposals import drafts
from kyodo_frappe.proposals.errors import ProposalNotEditable
from kyodo_frappe.proposals.excel_reader import FilledForm, Problem, read_form
from kyodo_frappe.proposals.excel_workbook import (
	DOCTYPE,
	basic_fields,
	basic_sheet_title,
	filename_of,
	option_words,
	retired_words,
	table_fields,
	table_sheet_title,
	workbook_for,
)
from kyodo_frappe.rules import merge
from kyodo_frappe.rules.merge import Typed, TypedRow
from kyodo_frappe.web.typed_values import NUMBERS
from kyodo_frappe.workflows.states import WRITING, category_of

PREVIEW_SAVEPOINT = "kyodo_excel_preview"


@dataclass
class Outcome:
	"""What a form has changed, or would change.

	proposal: its name; changes: [{place, before, after}] as texts; problems: what was not taken; other: name of another proposal
	that the form was downloaded from, "" where it is this one's.
	"""

	proposal: str
	changes: list[dict]
	problems: list[Problem]
	other: str = ""

	def as_payload(self) -> dict:
		"""{proposal, changes, problems: [{text, typed}], other} for the browser."""
		problems = [{"text": problem.message, "typed": problem.typed} for problem in self.problems]
		return {"proposal": self.proposal, "changes": self.changes, "problems": problems, "other": self.other}


# -- into the draft -----------------------------------------------------------------------------------


def check_writable(proposal: Document):
	"""Raise PermissionError without the right to write a proposal, ProposalNotEditable once it is handed in."""
	proposal.check_permission("write")
	if category_of(proposal) != WRITING:
		frappe.throw(
			_("The proposal is in the state {0}: a form can be read into a draft or a returned proposal only.").format(
				_(proposal.workflow_state)
			),
			exc=ProposalNotEditable,
		)


def preview(proposal: Document, filled: FilledForm) -> Outcome:
	"""Return what `apply` would do, found by applying the form and rolling back. Raises as `apply`."""
	frappe.db.savepoint(PREVIEW_SAVEPOINT)
	try:
		return apply(proposal, filled)
	finally:
		frappe.db.rollback(save_point=PREVIEW_SAVEPOINT)
		frappe.clear_document_cache(DOCTYPE, proposal.name)


def apply(proposal: Document, filled: FilledForm) -> Outcome:
	"""Store every readable cell of a form in a proposal that was loaded with `for_update`. Raises as `check_writable`."""
	check_writable(proposal)
	before = _texts_of(proposal)
	own = filled.meta("proposal") == proposal.name
	rows = {table: _typed_rows(proposal, filled, table, own) for table in filled.tables}
	saved = drafts.save(proposal, _typed_fields(proposal, filled, own), rows, drop_emptied=True)
	doc = frappe.get_doc(DOCTYPE, proposal.name)
	problems = sorted([*filled.problems, *_problems_of_save(filled, saved)], key=lambda problem: _sort_key(doc, problem))
	other = filled.meta("proposal") if filled.meta("proposal") and not own else ""
	return Outcome(doc.name, _changes(before, _texts_of(doc), doc), problems, other)


def begin(content: bytes, programme: str, organisation: str, **values) -> Outcome:
	"""Create a draft of an organisation from a form; `values` are further fields of the proposal.

	The caller has checked that the user writes for the organisation. Raises ValidationError for a form without a title, and as
	`read_form`.
	"""
	filled = read_form(content, None, programme)
	if not filled.fields.get("title"):
		frappe.throw(_("Please give the proposal a title."), InputMissing)
	doc = frappe.new_doc(DOCTYPE)
	doc.update({"programme": programme, "organisation": organisation, "origin": "Organisation", **values})
	doc.title = filled.fields["title"]
	doc.insert()
	outcome = apply(frappe.get_doc(DOCTYPE, doc.name, for_update=True), filled)
	outcome.changes.insert(0, {"place": form.headings(doc)["title"], "before": "", "after": doc.title})
	return outcome


def preview_new(content: bytes, programme: str, organisation: str, **values) -> Outcome:
	"""Return what `begin` would create, found by creating it and rolling back. Raises as `begin`."""
	frappe.db.savepoint(PREVIEW_SAVEPOINT)
	try:
		return begin(content, programme, organisation, **values)
	finally:
		frappe.db.rollback(save_point=PREVIEW_SAVEPOINT)


def _typed_fields(doc: Document, filled: FilledForm, own: bool) -> dict[str, Typed]:
	typed = {}
	for name, text in filled.fields.items():
		if own and filled.meta("field", name):
			typed[name] = Typed(text, filled.meta("field", name))
		elif text:
			# a form that was not made from this draft changes what it fills in, and empties nothing
			typed[name] = Typed(text, merge.digest(drafts.field_text(doc, name)))
	return typed


def _typed_rows(doc: Document, filled: FilledForm, table: str, own: bool) -> list[TypedRow]:
	columns = table_fields(doc)[table].columns
	typed, new_names = [], set()
	for row in filled.tables[table]:
		digest = own and filled.meta("row", f"{table}/{row.name}")
		if row.blank:
			typed.append(TypedRow(row.name, "", dict.fromkeys(columns, ""), digest or "", blank=True))
		elif digest:
			typed.append(TypedRow(row.name, "", row.texts, digest))
		else:
			texts = {**row.texts, "eligible": "1"} if row.texts.get("eligible", "") is None else row.texts
			key = _row_key(filled, table, row.number)
			new_names.add(merge.row_name(doc.name, table, key))
			typed.append(TypedRow("", key, texts))
	return typed + _removed_rows(doc, filled, table, own, {row.name for row in filled.tables[table]} | new_names)


def _row_key(filled: FilledForm, table: str, number: int) -> str:
	"""The key of a new row: the same whenever this form is read, so that reading it again adds no row twice."""
	return f"{filled.meta('form')}-{table}-{number}"


def _removed_rows(doc: Document, filled: FilledForm, table: str, own: bool, present: set[str]) -> list[TypedRow]:
	"""Stored rows that the form was made with, or has added before, and that are no longer in it."""
	columns = dict.fromkeys(table_fields(doc)[table].columns, "")
	prefix = f"{table}/"
	digests = {
		key.removeprefix(prefix): digest for (kind, key), digest in filled.metadata.items() if kind == "row" and key.startswith(prefix)
	}
	added = set()
	if filled.meta("form"):
		added = {merge.row_name(doc.name, table, _row_key(filled, table, number)) for number in range(1, workbooks.MAX_ROWS)}
	removed = []
	for row in doc.get(table):
		if row.name in present or (row.name not in added and not (own and row.name in digests)):
			continue
		was = digests.get(row.name) or merge.row_digest(drafts.row_texts(row, columns))
		removed.append(TypedRow(row.name, "", columns, was, gone=True))
	return removed


# -- what was not taken, and what has changed ------------------------------------------------------------


def _problems_of_save(filled: FilledForm, saved: drafts.Saved) -> list[Problem]:
	"""Problems and conflicts of the draft, by sheet and row."""
	found = []
	reported = {(problem.sheet, problem.row) for problem in filled.problems}
	for place, sentence in saved.problems.items():
		sheet, number, typed = _locate(saved.doc, filled, place)
		if (sheet, number) in reported:
			sentence, typed = _("Until this is corrected, the whole row is left out."), ""
		found.append(Problem(sheet, number, _without_row_number(sentence), typed))
	for place, conflict in saved.conflicts.items():
		sheet, number, typed = _locate(saved.doc, filled, place)
		sentence = _("{0} has changed this since the form was downloaded. It stays as it is now; please compare.").format(conflict["who"])
		found.append(Problem(sheet, number, sentence, typed))
	return found


def _sort_key(doc: Document, problem: Problem) -> tuple[int, int]:
	"""(number of the sheet, row)"""
	return [basic_sheet_title(), *map(table_sheet_title, table_fields(doc).values())].index(problem.sheet), problem.row


def _locate(doc: Document, filled: FilledForm, place: str) -> tuple[str, int, str]:
	"""(sheet, row, typed text) of a place of the draft: a fieldname, or <table>-<number>."""
	table, dash, number = place.rpartition("-")
	if not dash:
		return basic_sheet_title(), filled.row_numbers.get(place, 0), filled.fields.get(place, "")
	rows = filled.tables[table]
	row = rows[int(number)] if int(number) < len(rows) else None
	return table_sheet_title(table_fields(doc)[table]), row.number if row else 0, row.line if row else ""


def _without_row_number(sentence: str) -> str:
	"""A sentence of the draft without its own count of rows, which is not the sheet's."""
	pattern = re.escape(_("{0}, row {1}: {2}"))
	for mark, group in (("{0}", ".+?"), ("{1}", "[0-9]+"), ("{2}", "(?P<sentence>.*)")):
		pattern = pattern.replace(re.escape(mark), group)
	match = re.fullmatch(pattern, sentence, re.DOTALL)
	return match["sentence"] if match else sentence


def _texts_of(doc: Document) -> dict[tuple[str, str], str]:
	"""{("", fieldname) or (table, row name): text} of everything that the form holds."""
	texts = {("", name): _display_text(field.df, drafts.field_text(doc, name)) for name, field in basic_fields(doc).items()}
	for table, field in table_fields(doc).items():
		for row in doc.get(table):
			cells = {name: _display_text(row.meta.get_field(name), text) for name, text in drafts.row_texts(row, field.columns).items()}
			texts[table, row.name] = "　".join(f"{field.columns[name]}：{text}" for name, text in cells.items() if text)
	return texts


def _display_text(df: Document, text: str) -> str:
	if df.fieldtype in NUMBERS and text:
		return printing.number(text)
	return (option_words(df) | retired_words(df)).get(text, text)


def _changes(before: dict[tuple[str, str], str], after: dict[tuple[str, str], str], doc: Document) -> list[dict]:
	"""[{place, before, after}] of the texts that differ; place: the heading of the field or table."""
	fields, tables = basic_fields(doc), table_fields(doc)
	changed = [key for key in {**before, **after} if before.get(key, "") != after.get(key, "")]
	return [
		{
			"place": (tables[table] if table else fields[name]).label,
			"before": before.get((table, name), ""),
			"after": after.get((table, name), ""),
		}
		for table, name in changed
	]


# -- endpoints of the desk -------------------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def download(proposal: str | None = None, programme: str | None = None) -> None:
	"""Send the form of a proposal, or the blank form of a programme.

	Raises PermissionError without the right to read the proposal, or to create one.
	"""
	doc = frappe.get_doc(DOCTYPE, proposal) if proposal else None
	if doc:
		doc.check_permission("read")
	else:
		frappe.has_permission(DOCTYPE, "create", throw=True)
		programme_visibility.check_visible(programme)
	workbooks.respond(workbook_for(doc, programme), filename_of(doc, doc.programme if doc else programme))


@frappe.whitelist(methods=["POST"])
def check(proposal: str | None = None, programme: str | None = None, organisation: str | None = None) -> dict:
	"""Return what `take` would return for the uploaded form, without storing anything. Raises as `take`."""
	content = workbooks.uploaded_file()
	if proposal:
		doc = _locked(proposal)
		return preview(doc, read_form(content, doc)).as_payload()
	_check_new(programme, organisation)
	return preview_new(content, programme, organisation, intake="Paper").as_payload()


@frappe.whitelist(methods=["POST"])
def take(proposal: str | None = None, programme: str | None = None, organisation: str | None = None) -> dict:
	"""Store the uploaded form in a draft; without one the office creates a proposal that came on paper.

	Returns the payload of Outcome. Raises PermissionError without the right to write, ProposalNotEditable once the proposal is
	handed in, and as `read_form`.
	"""
	content = workbooks.uploaded_file()
	if proposal:
		doc = _locked(proposal)
		return apply(doc, read_form(content, doc)).as_payload()
	_check_new(programme, organisation)
	return begin(content, programme, organisation, intake="Paper").as_payload()


def _locked(proposal: str) -> Document:
	doc = frappe.get_doc(DOCTYPE, proposal, for_update=True)
	check_writable(doc)
	return doc


def _check_new(programme: str | None, organisation: str | None):
	require(OFFICER)
	if not programme or not organisation:
		frappe.throw(_("Please choose the programme and the organisation."), InputMissing)
