"""The Excel form of a proposal: out, filled in away from the net, and read back into the draft (domain.md §6).

The form carries what it was made with: on a hidden sheet the digest of every value that it showed, beside each row the
row's name. So reading it back is writing together (proposals/drafts.py): what only the form's writer has changed is
stored, what somebody else has changed meanwhile comes back as a conflict. A cell that cannot be read costs that cell and
nothing else; it is told by sheet, row and heading, with what was typed. The file itself is kept nowhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import frappe
import openpyxl
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from kyodo_frappe.common import printing, vocabulary, workbooks
from kyodo_frappe.common.language import RECORD_LANGUAGE, Translated, _lt, in_record_language
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import choices
from kyodo_frappe.programme import form as form_of
from kyodo_frappe.programme.form import Field
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import drafts, paper_forms
from kyodo_frappe.rules import merge, sheets
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.rules.merge import Typed, TypedRow
from kyodo_frappe.rules.textkeys import search_key
from kyodo_frappe.web import phrases
from kyodo_frappe.web.typed_values import NUMBERS, as_stored
from kyodo_frappe.workflows.states import WRITING, category_of

DOCTYPE = "Kyodo Proposal"
MEMORY = "_kyodo"
SHEET = Translated({"basic": _lt("Basic sheet"), "too_long": _lt("(The text is too long for a cell: please read it on the screen.)")})
COLUMNS = Translated({"heading": _lt("Part"), "help": _lt("How to write it"), "text": _lt("Space to write in")})
ANSWERS = Translated({"1": _lt("Yes"), "": _lt("No")})
HEADER_ROW, FIRST_ROW = 3, 4
BLANK_ROWS = 30
WIDTHS = {"Select": 16, "Check": 12, "Currency": 16, "Float": 12, "Int": 12, "Percent": 12, "Date": 18}


@dataclass(frozen=True)
class Problem:
	"""sheet and row (as the sheet counts, 0: the sheet itself): where; sentence: what is wrong; typed: what stands there."""

	sheet: str
	row: int
	sentence: str
	typed: str = ""

	@property
	def told(self) -> str:
		if not self.row:
			return _("Sheet {0}: {1}").format(self.sheet, self.sentence)
		return _("Sheet {0}, row {1}: {2}").format(self.sheet, self.row, self.sentence)


@dataclass
class FormRow:
	number: int
	name: str
	texts: dict[str, str | None]
	blank: bool
	shown: str


@dataclass
class Form:
	"""A form as it was read. memory: {(kind, key): value} of what it was made with."""

	fields: dict[str, str] = field(default_factory=dict)
	places: dict[str, int] = field(default_factory=dict)
	tables: dict[str, list[FormRow]] = field(default_factory=dict)
	problems: list[Problem] = field(default_factory=list)
	memory: dict[tuple[str, str], str] = field(default_factory=dict)

	def of(self, kind: str, key: str = "") -> str:
		return self.memory.get((kind, key), "")


# -- the form out -----------------------------------------------------------------------------


def workbook_for(proposal: Document | None, programme: str | None = None) -> bytes:
	"""The form of a proposal, filled with what its draft holds; without one the blank form of a programme. The caller
	has asked for the right to read it."""
	doc = proposal or frappe.new_doc(DOCTYPE, programme=programme)
	rules = rules_of(doc)
	named = paper_forms.heading(rules, "Proposal")
	book = openpyxl.Workbook()
	memory = [("form", "", frappe.generate_hash(length=12)), ("proposal", "", doc.name or ""), ("programme", "", doc.programme)]
	with in_record_language():
		memory += _basic_sheet(book.active, doc, named)
		for one in _tables(doc).values():
			memory += _table_sheet(book.create_sheet(_title(one)), doc, one, named)
	_remember(book.create_sheet(MEMORY), memory)
	return workbooks.as_bytes(book)


def filename_of(proposal: Document | None, programme: str) -> str:
	rules = rules_of(proposal) if proposal else frappe.get_cached_doc("Kyodo Programme", programme)
	return f"{paper_forms.heading(rules, 'Proposal').title}_{proposal.name if proposal else _('New', lang=RECORD_LANGUAGE)}.xlsx"


def _parts(doc: Document) -> dict[str, Field]:
	"""{field: it} of the basic sheet: what is answered in one cell."""
	return {one.name: one for one in _asked(doc) if not (one.is_table or one.is_file)}


def _tables(doc: Document) -> dict[str, Field]:
	"""{table: it}: each has a sheet of its own, under its heading."""
	return {one.name: one for one in _asked(doc) if one.is_table and not one.is_attachments}


def _asked(doc: Document) -> list[Field]:
	"""With the headings of the records' language, by which a form is read too, whatever language who reads it speaks."""
	with in_record_language():
		return form_of.fields_of(doc, form_of.EXCEL)


def _title(one: Field) -> str:
	return _sheet_name(one.label)


def _basic() -> str:
	return _sheet_name(SHEET["basic"])


def _sheet_name(heading: str) -> str:
	"""As Excel takes it: 31 characters, without those that mean something in a formula."""
	return re.sub(r"[\[\]:*?/\\']", "", heading)[:31]


def _head(sheet: Worksheet, named: frappe._dict, title: str, help_text: str):
	line = "　".join(filter(None, (named.number, named.title, title)))
	workbooks.write_cell(sheet, 1, 2, line, locked=True, size=14, border=False).alignment = openpyxl.styles.Alignment(wrap_text=False)
	workbooks.write_cell(sheet, 2, 2, help_text, locked=True, border=False).alignment = openpyxl.styles.Alignment(wrap_text=False)
	sheet.column_dimensions["A"].hidden = True
	sheet.freeze_panes = sheet.cell(FIRST_ROW, 3)
	sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
	sheet.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)
	sheet.page_setup.fitToHeight = 0


def _basic_sheet(sheet: Worksheet, doc: Document, named: frappe._dict) -> list[tuple]:
	sheet.title = _basic()
	_head(sheet, named, sheet.title, _("Please write into the white cells. For a new line within a cell press Alt+Enter."))
	for column, (key, heading) in enumerate(COLUMNS.items(), 2):
		workbooks.write_cell(sheet, HEADER_ROW, column, heading, head=True)
		sheet.column_dimensions["ABCD"[column - 1]].width = {"heading": 24, "help": 40, "text": 80}[key]
	memory = []
	for row, one in enumerate(_parts(doc).values(), FIRST_ROW):
		stored = drafts.field_text(doc, one.name)
		if not sheets.fits(stored):
			workbooks.write_cell(sheet, row, 2, one.label, head=True)
			workbooks.write_cell(sheet, row, 4, SHEET["too_long"], locked=True)
			continue
		words = _words(one.df)
		workbooks.write_cell(sheet, row, 1, one.name, locked=True, border=False)
		workbooks.write_cell(sheet, row, 2, one.label, head=True)
		workbooks.write_cell(
			sheet, row, 3, one.help or (_("Please answer “Yes” or “No”.") if one.df.fieldtype == "Check" else ""), locked=True, size=9
		)
		workbooks.write_cell(sheet, row, 4, _cell(doc, one.df, stored))
		if words and _offers(words):
			_offer(sheet, f"D{row}", tuple(words.values()))
		sheet.row_dimensions[row].height = max(90, 15 * (len(stored) // 40 + stored.count("\n") + 1)) if one.is_long else 30
		memory.append(("field", one.name, merge.digest(stored)))
	workbooks.protect(sheet)
	return memory


def _table_sheet(sheet: Worksheet, doc: Document, one: Field, named: frappe._dict) -> list[tuple]:
	_head(sheet, named, one.label, one.help)
	workbooks.write_cell(sheet, HEADER_ROW, 1, _("Mark of the row"), locked=True, border=False)
	for number, (name, heading) in enumerate(one.columns.items(), 2):
		workbooks.write_cell(sheet, HEADER_ROW, number, heading, head=True)
		sheet.column_dimensions[openpyxl.utils.get_column_letter(number)].width = WIDTHS.get(one.column(name).fieldtype, 34)
	rows = doc.get(one.name) or []
	memory, last = [], FIRST_ROW + max(BLANK_ROWS, len(rows) + 15)
	for number, line in enumerate([*rows, *[None] * (last - FIRST_ROW - len(rows))], FIRST_ROW):
		memory += _table_row(sheet, number, one, line)
	for number, name in enumerate(one.columns, 2):
		letter = openpyxl.utils.get_column_letter(number)
		if (words := _words(one.column(name))) and _offers(words):
			_offer(sheet, f"{letter}{FIRST_ROW}:{letter}{last}", tuple(words.values()))
	_amounts(sheet, one, last)
	workbooks.protect(sheet)
	return memory


def _table_row(sheet: Worksheet, number: int, one: Field, line: Document | None) -> list[tuple]:
	texts = drafts.row_texts(line, one.columns) if line else dict.fromkeys(one.columns, "")
	for place, name in enumerate(one.columns, 2):
		df = one.column(name)
		cell = workbooks.write_cell(sheet, number, place, _cell(line, df, texts[name]) if line else None)
		cell.number_format = "#,##0" if df.fieldtype == "Currency" else cell.number_format if df.fieldtype in NUMBERS else "@"
	if not line:
		return []
	workbooks.write_cell(sheet, number, 1, line.name or "", locked=True, border=False)
	return [("row", f"{one.name}/{line.name}", merge.row_digest(texts))]


def _amounts(sheet: Worksheet, one: Field, last: int):
	"""Beside unit price and quantity what they come to."""
	letters = {name: openpyxl.utils.get_column_letter(number) for number, name in enumerate(one.columns, 2)}
	price, quantity = letters.get("unit_price"), letters.get("quantity")
	if not (price and quantity):
		return
	column = len(one.columns) + 2
	workbooks.write_cell(sheet, HEADER_ROW, column, _("Amount (by itself)"), head=True)
	sheet.column_dimensions[openpyxl.utils.get_column_letter(column)].width = 16
	for row in range(FIRST_ROW, last):
		cell = workbooks.write_cell(sheet, row, column, None, locked=True)
		cell.value = f'=IF(ISNUMBER({price}{row}),{price}{row}*IF(ISNUMBER({quantity}{row}),{quantity}{row},1),"")'
		cell.number_format = "#,##0"


def _cell(doc: Document | None, df: Document, text: str):
	"""A stored value as its cell shows it: numbers as numbers, options by their Japanese word."""
	if df.fieldtype == "Check":
		return ANSWERS["1" if text else ""] if text or (doc and (doc.name or df.fieldname == "eligible")) else ""
	if not text:
		return ""
	if df.fieldtype in NUMBERS:
		return int(flt(text)) if flt(text).is_integer() else flt(text)
	return (_words(df) | _off(df)).get(text, text)


def _words(df: Document) -> dict[str, str]:
	"""{option: its Japanese word} of a column that is chosen from a list."""
	if df.fieldtype == "Check":
		return dict(ANSWERS)
	if df.fieldname == "side":
		return {option: printing.SIDES[option] for option in (df.options or "").split("\n") if option}
	if vocabulary.is_choice(df):
		return {option: word for option, word in vocabulary.options(df, RECORD_LANGUAGE) if option}
	return dict(choices.of_link(df)[1:]) if df.fieldtype == "Link" else {}


def _offers(words: dict[str, str]) -> bool:
	"""Whether a cell can offer a list: Excel takes 255 characters of it, with commas between."""
	return len(",".join(words.values())) <= 255 and not any(mark in word for word in words.values() for mark in ',"')


def _off(df: Document) -> dict[str, str]:
	"""{answer: its word} of what is offered no more: a form that holds one can still be read."""
	return getattr(vocabulary.options(df, RECORD_LANGUAGE), "off", {}) if vocabulary.is_choice(df) else {}


def _offer(sheet: Worksheet, cells: str, words: tuple[str, ...]):
	offered = DataValidation(type="list", formula1='"{}"'.format(",".join(words)), allow_blank=True)
	offered.error, offered.errorTitle, offered.showErrorMessage = _("Please choose from the list."), _("To choose"), True
	sheet.add_data_validation(offered)
	offered.add(cells)


def _remember(sheet: Worksheet, memory: list[tuple]):
	sheet.sheet_state = "veryHidden"
	for number, line in enumerate(memory, 1):
		for column, value in enumerate(line, 1):
			workbooks.write_cell(sheet, number, column, value, locked=True, border=False)


# -- the form in --------------------------------------------------------------------------------


def read_form(content: bytes, proposal: Document | None, programme: str | None = None) -> Form:
	"""A filled form, cell by cell. Raises ValidationError for a file that cannot be read, or holds nothing of the form."""
	doc = proposal or frappe.new_doc(DOCTYPE, programme=programme)
	book = workbooks.read(content)
	form, found = Form(), {search_key(name).replace(" ", ""): name for name in book.names()}
	if name := found.get(MEMORY):
		cells = workbooks.first_rows(book, name)
		form.memory = {(str(row[0]), str(row[1] or "")): str(row[2] or "") for row in cells if len(row) > 2 and row[0]}
	_read_basic(form, book, found, doc)
	for one in _tables(doc).values():
		_read_table(form, book, found, one)
	if not form.fields and not any(form.tables.values()):
		frappe.throw(_("Nothing of the form was found in this file. Please use the form that can be downloaded here."))
	return form


def _first_words(said: Translated) -> dict[str, str]:
	"""As the app itself says it: a form that was downloaded before the city chose words of its own is read as well."""
	return {key: phrases.catalogue()[said.source(key)] for key in said}


def _rows_of(form: Form, book: workbooks.Book, found: dict[str, str], title: str, *before: str) -> list[tuple] | None:
	"""The rows of a sheet by its title, or by one it had before."""
	names = (found.get(search_key(one).replace(" ", "")) for one in (title, *before))
	name = next(filter(None, names), None)
	if name is None:
		form.problems.append(Problem(title, 0, _("This sheet is not in the file. Nothing of it was changed.")))
		return None
	return workbooks.first_rows(book, name)


def _layout_of(form: Form, title: str, cells: list[tuple], known: list[dict[str, str]], has: str = "") -> sheets.Layout | None:
	"""Where the columns are: the first of the known headings that is found, and has the column `has`."""
	layouts = (sheets.find_layout(cells, headings) for headings in known)
	layout = next((one for one in layouts if one and (not has or has in one.columns)), None)
	if layout is None:
		form.problems.append(Problem(title, 0, _("The headings of this sheet are missing. Nothing of it was changed.")))
	return layout


def _lines(cells: list[tuple], layout: sheets.Layout) -> Iterator[tuple[int, str, dict[str, str]]]:
	"""(number in the sheet, first cell, {column: text}) of every row below the headings."""
	for number, line in enumerate(cells[layout.header + 1 :], layout.header + 2):
		yield number, sheets.cell_text(line[0]) if line else "", sheets.pick(line, layout)


def _read_basic(form: Form, book: workbooks.Book, found: dict[str, str], doc: Document):
	title, before = _basic(), _first_words(SHEET)
	cells = _rows_of(form, book, found, title, before["basic"])
	layout = cells is not None and _layout_of(form, title, cells, [COLUMNS, _first_words(COLUMNS)], has="text")
	if not layout:
		return
	parts = _parts(doc)
	by_heading = {sheets.key_of(one.label): name for name, one in parts.items()}
	for number, key, picked in _lines(cells, layout):
		name = key if key in parts else by_heading.get(sheets.key_of(picked.get("heading")))
		if name and name not in form.fields and picked["text"] not in (SHEET["too_long"], before["too_long"]):
			text = _read_cell(form, title, number, parts[name].df, parts[name].label, picked["text"])
			if text is not None:
				form.fields[name], form.places[name] = text, number


def _read_table(form: Form, book: workbooks.Book, found: dict[str, str], one: Field):
	title = _title(one)
	cells = _rows_of(form, book, found, title)
	layout = cells is not None and _layout_of(form, title, cells, [one.columns])
	if not layout:
		return
	is_named = min(layout.columns.values()) > 0
	form.tables[one.name] = []
	seen: set[str] = set()
	for number, first, picked in _lines(cells, layout):
		name = first if is_named and first not in seen else ""  # a row that was copied is a new one
		seen.add(name)
		if row := _read_row(form, one, number, name, picked):
			form.tables[one.name].append(row)


def _read_row(form: Form, one: Field, number: int, name: str, picked: dict[str, str]) -> FormRow | None:
	"""None for a row in which nothing is written, and that stands for none of the proposal."""
	title, meta = _title(one), one.row_meta
	blank = not any(text for column, text in picked.items() if vocabulary.is_typed(meta.get_field(column)))
	if blank and not name:
		return None
	texts = dict.fromkeys(one.columns)
	if not blank:
		for column, text in picked.items():
			texts[column] = _read_cell(form, title, number, meta.get_field(column), one.columns[column], text)
	row = FormRow(number, name, texts, blank, "　".join(filter(None, picked.values())))
	form.problems = [replace(p, typed=row.shown) if (p.sheet, p.row) == (title, number) else p for p in form.problems]
	return row


def _read_cell(form: Form, sheet: str, number: int, df: Document, label: str, text: str) -> str | None:
	"""A cell as the draft's input would hold it; None, and a problem, for one that cannot be read."""
	try:
		return _typed(df, label, text)
	except RuleError as wrong:
		sentence = _(wrong.source).format(*wrong.args_)
	except frappe.ValidationError as wrong:
		frappe.clear_last_message()
		sentence = drafts.sentence(wrong)
	# the sentence says what stands in the cell, unless that is a long text
	form.problems.append(Problem(sheet, number, sentence, "" if text in sentence else text))
	return None


def _typed(df: Document, label: str, text: str) -> str | None:
	if df.fieldtype == "Check":
		return _tick(label, text)
	if words := _words(df):
		return sheets.choose(label, text, words | _off(df))
	if df.fieldtype in NUMBERS:
		sheets.check_number(label, text)
	return as_stored(df, text)


def _tick(label: str, text: str) -> str | None:
	"""By the city's own words, else by those that everybody understands; None for an empty cell."""
	if text in ANSWERS.values():
		return next(value for value, word in ANSWERS.items() if word == text)
	answer = sheets.yes_or_no(label, text)
	return None if answer is None else "1" if answer else ""


# -- into the draft ------------------------------------------------------------------------------


@dataclass
class Outcome:
	"""What became of a form, or would become. changes: [{place, before, after}] as texts; problems and conflicts: what
	was not taken, with what was typed."""

	proposal: str
	changes: list[dict]
	problems: list[Problem]
	other: str = ""

	def told(self) -> dict:
		rows = [{"text": row.told, "typed": row.typed} for row in self.problems]
		return {"proposal": self.proposal, "changes": self.changes, "problems": rows, "other": self.other}


def check_writable(proposal: Document):
	"""Raise PermissionError for who may not write a proposal, ValidationError where its text is fixed."""
	proposal.check_permission("write")
	if category_of(proposal) != WRITING:
		frappe.throw(
			_("The proposal is in the state {0}: a form can be read into a draft or a returned proposal only.").format(
				_(proposal.workflow_state)
			)
		)


def preview(proposal: Document, form: Form) -> Outcome:
	"""What `apply` would do, found by doing it and taking it back. Raises as `apply`."""
	point = "kyodo_excel_preview"
	frappe.db.savepoint(point)
	try:
		return apply(proposal, form)
	finally:
		frappe.db.rollback(save_point=point)
		frappe.clear_document_cache(DOCTYPE, proposal.name)


def apply(proposal: Document, form: Form) -> Outcome:
	"""Put a form into a proposal that was read under a lock: every good cell; what cannot be taken is told.

	Raises PermissionError for who may not write it, ValidationError where its text is fixed.
	"""
	check_writable(proposal)
	before = _texts_of(proposal)
	own = form.of("proposal") == proposal.name
	rows = {table: _typed_rows(proposal, form, table, own) for table in form.tables}
	saved = drafts.save(proposal, _typed_fields(proposal, form, own), rows, drop_emptied=True)
	doc = frappe.get_doc(DOCTYPE, proposal.name)
	problems = sorted([*form.problems, *_of_saved(form, saved)], key=lambda problem: _order(doc, problem))
	other = form.of("proposal") if form.of("proposal") and not own else ""
	return Outcome(doc.name, _changes(before, _texts_of(doc), doc), problems, other)


def _typed_fields(doc: Document, form: Form, own: bool) -> dict[str, Typed]:
	typed = {}
	for name, text in form.fields.items():
		if own and form.of("field", name):
			typed[name] = Typed(text, form.of("field", name))
		elif text:
			# a form that knows nothing of this draft changes what it says, and empties nothing
			typed[name] = Typed(text, merge.digest(drafts.field_text(doc, name)))
	return typed


def _typed_rows(doc: Document, form: Form, table: str, own: bool) -> list[TypedRow]:
	columns = _tables(doc)[table].columns
	found, kept = [], set()
	for row in form.tables[table]:
		known = own and form.of("row", f"{table}/{row.name}")
		if row.blank:
			found.append(TypedRow(row.name, "", dict.fromkeys(columns, ""), known or "", blank=True))
		elif known:
			found.append(TypedRow(row.name, "", row.texts, known))
		else:
			texts = {**row.texts, "eligible": "1"} if row.texts.get("eligible", "") is None else row.texts
			key = _key(form, table, row.number)
			kept.add(merge.row_name(doc.name, table, key))
			found.append(TypedRow("", key, texts))
	return found + _gone(doc, form, table, own, {row.name for row in form.tables[table]} | kept)


def _key(form: Form, table: str, number: int) -> str:
	"""The same for one row of one form, so that reading it again after mending adds nothing twice."""
	return f"{form.of('form')}-{table}-{number}"


def _gone(doc: Document, form: Form, table: str, own: bool, there: set[str]) -> list[TypedRow]:
	"""Rows that the form was made with, or has brought before, and that are not in it any more."""
	columns = dict.fromkeys(_tables(doc)[table].columns, "")
	shown = {key.split("/", 1)[1]: was for (kind, key), was in form.memory.items() if kind == "row" and key.startswith(f"{table}/")}
	brought = (
		{merge.row_name(doc.name, table, _key(form, table, number)) for number in range(1, workbooks.MAX_ROWS)}
		if form.of("form")
		else set()
	)
	gone = []
	for row in doc.get(table):
		if row.name in there or (row.name not in brought and not (own and row.name in shown)):
			continue
		was = shown.get(row.name) or merge.row_digest(drafts.row_texts(row, columns))
		gone.append(TypedRow(row.name, "", columns, was, gone=True))
	return gone


def _of_saved(form: Form, saved: drafts.Saved) -> list[Problem]:
	"""What the draft did not take, told by sheet and row."""
	found = []
	told = {(problem.sheet, problem.row) for problem in form.problems}
	for place, sentence in saved.problems.items():
		sheet, number, typed = _place(saved.doc, form, place)
		if (sheet, number) in told:
			sentence, typed = _("As long as this is not mended, the whole row is left out."), ""
		found.append(Problem(sheet, number, _unplaced(sentence), typed))
	for place, conflict in saved.conflicts.items():
		sheet, number, typed = _place(saved.doc, form, place)
		sentence = _("{0} has changed this since the form was downloaded. It stays as it is now; please compare.").format(conflict["who"])
		found.append(Problem(sheet, number, sentence, typed))
	return found


def _order(doc: Document, problem: Problem) -> tuple[int, int]:
	"""Sheet by sheet, row by row."""
	return [_basic(), *map(_title, _tables(doc).values())].index(problem.sheet), problem.row


def _place(doc: Document, form: Form, place: str) -> tuple[str, int, str]:
	table, dash, number = place.rpartition("-")
	if not dash:
		return _basic(), form.places.get(place, 0), form.fields.get(place, "")
	rows = form.tables[table]
	row = rows[int(number)] if int(number) < len(rows) else None
	return _title(_tables(doc)[table]), row.number if row else 0, row.shown if row else ""


def _unplaced(sentence: str) -> str:
	"""Without the draft's own count of rows, which is not the sheet's."""
	pattern = re.escape(_("{0}, row {1}: {2}"))
	for mark, found in (("{0}", ".+?"), ("{1}", "[0-9]+"), ("{2}", "(?P<said>.*)")):
		pattern = pattern.replace(re.escape(mark), found)
	placed = re.fullmatch(pattern, sentence, re.DOTALL)
	return placed["said"] if placed else sentence


def _texts_of(doc: Document) -> dict[tuple[str, str], str]:
	found = {("", name): _shown(one.df, drafts.field_text(doc, name)) for name, one in _parts(doc).items()}
	for table, one in _tables(doc).items():
		for row in doc.get(table):
			texts = {name: _shown(row.meta.get_field(name), text) for name, text in drafts.row_texts(row, one.columns).items()}
			found[table, row.name] = "　".join(f"{one.columns[name]}：{text}" for name, text in texts.items() if text)
	return found


def _shown(df: Document, text: str) -> str:
	"""A value as a person reads it."""
	if df.fieldtype in NUMBERS and text:
		return printing.number(text)
	return (_words(df) | _off(df)).get(text, text)


def _changes(before: dict, after: dict, doc: Document) -> list[dict]:
	parts, tables = _parts(doc), _tables(doc)
	changed = [key for key in {**before, **after} if before.get(key, "") != after.get(key, "")]
	return [
		{
			"place": (tables[table] if table else parts[name]).label,
			"before": before.get((table, name), ""),
			"after": after.get((table, name), ""),
		}
		for table, name in changed
	]


# -- what the desk asks for -----------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def download(proposal: str | None = None, programme: str | None = None) -> None:
	"""The form of a proposal, for who may read it, or a programme's blank form, for who may propose."""
	doc = frappe.get_doc(DOCTYPE, proposal) if proposal else None
	if doc:
		doc.check_permission("read")
	else:
		frappe.has_permission(DOCTYPE, "create", throw=True)
		programme_visibility.check_visible(programme)
	workbooks.respond(workbook_for(doc, programme), filename_of(doc, doc.programme if doc else programme))


@frappe.whitelist(methods=["POST"])
def check(proposal: str | None = None, programme: str | None = None, organisation: str | None = None) -> dict:
	"""Read the uploaded form and say what would become of it; nothing is stored. Raises as `take`."""
	content = workbooks.uploaded_file()
	if proposal:
		doc = _locked(proposal)
		return preview(doc, read_form(content, doc)).told()
	point = "kyodo_excel_new"
	frappe.db.savepoint(point)
	try:
		return _take_new(content, programme, organisation).told()
	finally:
		frappe.db.rollback(save_point=point)


@frappe.whitelist(methods=["POST"])
def take(proposal: str | None = None, programme: str | None = None, organisation: str | None = None) -> dict:
	"""Read the uploaded form into a draft; without one a new proposal on paper is made of it, by the office.

	Answers {"proposal", "changes", "problems", "other"}. Raises PermissionError for who may not write it,
	ValidationError for a file that cannot be read and where the text is fixed.
	"""
	content = workbooks.uploaded_file()
	if proposal:
		doc = _locked(proposal)
		return apply(doc, read_form(content, doc)).told()
	return _take_new(content, programme, organisation).told()


def _locked(proposal: str) -> Document:
	doc = frappe.get_doc(DOCTYPE, proposal, for_update=True)
	check_writable(doc)
	return doc


def _take_new(content: bytes, programme: str | None, organisation: str | None) -> Outcome:
	require(OFFICER)
	if not programme or not organisation:
		frappe.throw(_("Please choose the programme and the organisation."))
	return begin(content, programme, organisation, intake="Paper")


def begin(content: bytes, programme: str, organisation: str, **more) -> Outcome:
	"""A new draft of an organisation out of a form. The caller has asked whether this login writes for it."""
	form = read_form(content, None, programme)
	if not form.fields.get("title"):
		frappe.throw(_("Please give the proposal a title."))
	doc = frappe.new_doc(DOCTYPE)
	doc.update({"programme": programme, "organisation": organisation, "origin": "Organisation", **more})
	doc.title = form.fields["title"]
	doc.insert()
	outcome = apply(frappe.get_doc(DOCTYPE, doc.name, for_update=True), form)
	outcome.changes.insert(0, {"place": form_of.headings(doc)["title"], "before": "", "after": doc.title})
	return outcome
