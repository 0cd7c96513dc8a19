"""Reading a filled Excel form of a proposal, cell by cell.

A cell that cannot be read costs that cell and nothing else: it is reported by sheet, row and heading with what was typed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common import typed_input, vocabulary, workbooks
from kyodo_frappe.common.language import Translated
from kyodo_frappe.programme.form import Field
from kyodo_frappe.proposals import drafts
from kyodo_frappe.proposals.errors import NotTheExcelForm
from kyodo_frappe.proposals.excel_workbook import (
	ANSWERS,
	COLUMNS,
	DOCTYPE,
	METADATA_SHEET,
	SHEET,
	basic_fields,
	basic_sheet_title,
	option_words,
	retired_words,
	table_fields,
	table_sheet_title,
)
from kyodo_frappe.rules import sheets
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.rules.textkeys import search_key
from kyodo_frappe.web import phrases
from kyodo_frappe.web.typed_values import as_stored


@dataclass(frozen=True)
class Problem:
	"""What could not be taken from a form.

	row: as the sheet counts, 0 for the sheet itself; sentence: what is wrong; typed: the text in the cell or row.
	"""

	sheet: str
	row: int
	sentence: str
	typed: str = ""

	@property
	def message(self) -> str:
		"""The sentence with the place in front of it."""
		if not self.row:
			return _("Sheet {0}: {1}").format(self.sheet, self.sentence)
		return _("Sheet {0}, row {1}: {2}").format(self.sheet, self.row, self.sentence)


@dataclass
class FormRow:
	"""A row of a table. number: as the sheet counts; name: of the stored row, "" for a new one; texts: {column: text, None where
	it could not be read}; line: the row as one text, for messages."""

	number: int
	name: str
	texts: dict[str, str | None]
	blank: bool
	line: str


@dataclass
class FilledForm:
	"""A form that was read. fields: {fieldname: text}; row_numbers: {fieldname: row of the basic sheet}; metadata: {(kind, key):
	value} with which the form was made (excel_workbook.py)."""

	fields: dict[str, str] = field(default_factory=dict)
	row_numbers: dict[str, int] = field(default_factory=dict)
	tables: dict[str, list[FormRow]] = field(default_factory=dict)
	problems: list[Problem] = field(default_factory=list)
	metadata: dict[tuple[str, str], str] = field(default_factory=dict)

	def meta(self, kind: str, key: str = "") -> str:
		"""The metadata of a kind ("form", "proposal", "programme", "field", "row"); "" where the form has none."""
		return self.metadata.get((kind, key), "")


def read_form(content: bytes, proposal: Document | None, programme: str | None = None) -> FilledForm:
	"""Read a filled form of a proposal, or of a new one in a programme.

	Raises ValidationError for a file that cannot be read, NotTheExcelForm for one that holds nothing of the form.
	"""
	doc = proposal or frappe.new_doc(DOCTYPE, programme=programme)
	book = workbooks.read(content)
	filled, names = FilledForm(), {_title_key(name): name for name in book.names()}
	if name := names.get(METADATA_SHEET):
		cells = workbooks.first_rows(book, name)
		filled.metadata = {(str(row[0]), str(row[1] or "")): str(row[2] or "") for row in cells if len(row) > 2 and row[0]}
	_read_basic_sheet(filled, book, names, doc)
	for table in table_fields(doc).values():
		_read_table_sheet(filled, book, names, table)
	if not filled.fields and not any(filled.tables.values()):
		frappe.throw(_("Nothing of the form was found in this file. Please use the form that can be downloaded here."), exc=NotTheExcelForm)
	return filled


def _title_key(title: str) -> str:
	return search_key(title).replace(" ", "")


def _standard_words(words: Translated) -> dict[str, str]:
	"""The app's own words: a form that was downloaded before the city chose words of its own is still read."""
	return {key: phrases.catalogue()[words.source(key)] for key in words}


def _sheet_rows(filled: FilledForm, book: workbooks.Book, names: dict[str, str], title: str, *former: str) -> list[tuple] | None:
	"""The rows of the sheet with this title or a former one; None, and a problem, where there is none."""
	name = next(filter(None, (names.get(_title_key(known)) for known in (title, *former))), None)
	if name is None:
		filled.problems.append(Problem(title, 0, _("This sheet is not in the file, so nothing of it was changed.")))
		return None
	return workbooks.first_rows(book, name)


def _find_layout(filled: FilledForm, title: str, cells: list[tuple], known: list[dict[str, str]], needed: str = "") -> sheets.Layout | None:
	"""Return the layout by the first of the `known` headings that has the column `needed`; None, and add a problem, if there is none."""
	layouts = (sheets.find_layout(cells, headings) for headings in known)
	layout = next((layout for layout in layouts if layout and (not needed or needed in layout.columns)), None)
	if layout is None:
		filled.problems.append(Problem(title, 0, _("The headings of this sheet are missing, so nothing of it was changed.")))
	return layout


def _lines(cells: list[tuple], layout: sheets.Layout) -> Iterator[tuple[int, str, dict[str, str]]]:
	"""(row number, text of column A, {column: text}) of every row below the headings."""
	for number, line in enumerate(cells[layout.header + 1 :], layout.header + 2):
		yield number, sheets.cell_text(line[0]) if line else "", sheets.row_texts(line, layout)


def _read_basic_sheet(filled: FilledForm, book: workbooks.Book, names: dict[str, str], doc: Document):
	title, standard = basic_sheet_title(), _standard_words(SHEET)
	cells = _sheet_rows(filled, book, names, title, standard["basic"])
	layout = cells is not None and _find_layout(filled, title, cells, [COLUMNS, _standard_words(COLUMNS)], needed="text")
	if not layout:
		return
	known = basic_fields(doc)
	by_heading = {sheets.key_of(asked.label): name for name, asked in known.items()}
	for number, key, texts in _lines(cells, layout):
		name = key if key in known else by_heading.get(sheets.key_of(texts.get("heading")))
		if name and name not in filled.fields and texts["text"] not in (SHEET["too_long"], standard["too_long"]):
			text = _read_cell(filled, title, number, known[name].df, known[name].label, texts["text"])
			if text is not None:
				filled.fields[name], filled.row_numbers[name] = text, number


def _read_table_sheet(filled: FilledForm, book: workbooks.Book, names: dict[str, str], table: Field):
	title = table_sheet_title(table)
	cells = _sheet_rows(filled, book, names, title)
	layout = cells is not None and _find_layout(filled, title, cells, [table.columns])
	if not layout:
		return
	has_row_names = min(layout.columns.values()) > 0
	filled.tables[table.name] = []
	seen: set[str] = set()
	for number, first, texts in _lines(cells, layout):
		name = first if has_row_names and first not in seen else ""  # a row that was copied is a new one
		seen.add(name)
		if row := _read_row(filled, table, number, name, texts):
			filled.tables[table.name].append(row)


def _read_row(filled: FilledForm, table: Field, number: int, name: str, typed: dict[str, str]) -> FormRow | None:
	"""Return a row of a table; None for an empty row that matches no row of the proposal."""
	title, meta = table_sheet_title(table), table.row_meta
	blank = not any(text for column, text in typed.items() if vocabulary.is_typed(meta.get_field(column)))
	if blank and not name:
		return None
	texts = dict.fromkeys(table.columns)
	if not blank:
		for column, text in typed.items():
			texts[column] = _read_cell(filled, title, number, meta.get_field(column), table.columns[column], text)
	row = FormRow(number, name, texts, blank, "　".join(filter(None, typed.values())))
	filled.problems = [replace(p, typed=row.line) if (p.sheet, p.row) == (title, number) else p for p in filled.problems]
	return row


def _read_cell(filled: FilledForm, sheet: str, number: int, df: Document, label: str, text: str) -> str | None:
	"""A cell as the input of the draft would hold it; None, and a problem, where it cannot be read."""
	try:
		return _parse_cell(df, label, text)
	except RuleError as error:
		sentence = _(error.source).format(*error.args_)
	except frappe.ValidationError as error:
		frappe.clear_last_message()
		sentence = drafts.error_message(error)
	# the sentence quotes the cell, unless its text is long
	filled.problems.append(Problem(sheet, number, sentence, "" if text in sentence else text))
	return None


def _parse_cell(df: Document, label: str, text: str) -> str | None:
	if df.fieldtype == "Check":
		return _parse_tick(label, text)
	if words := option_words(df):
		return sheets.match_option(label, text, words | retired_words(df))
	if typed_input.is_read(df):
		typed_input.read(df, text, label)  # a refusal names the heading of the sheet
	return as_stored(df, text)


def _parse_tick(label: str, text: str) -> str | None:
	"""Yes ("1") or no ("") in the city's words or in common ones; None for an empty cell."""
	if text in ANSWERS.values():
		return next(value for value, word in ANSWERS.items() if word == text)
	answer = sheets.yes_or_no(label, text)
	return None if answer is None else "1" if answer else ""
