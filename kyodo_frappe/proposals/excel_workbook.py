"""The workbook of a proposal's Excel form: its sheets and columns, and how it is filled with a draft (domain.md §6).

The workbook keeps what it was made with: a hidden sheet holds the digest of every value that is shown, and the hidden column A
of each table the name of the row. From these, reading the form back finds out what its writer has changed (excel_reader.py,
excel_forms.py).
"""

import re

import frappe
import openpyxl
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from kyodo_frappe.common import printing, vocabulary, workbooks
from kyodo_frappe.common.language import RECORD_LANGUAGE, Translated, _lt, in_record_language
from kyodo_frappe.programme import choices, form
from kyodo_frappe.programme.form import Field
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import drafts, paper_forms
from kyodo_frappe.rules import merge, sheets
from kyodo_frappe.web.typed_values import NUMBERS

DOCTYPE = "Kyodo Proposal"
METADATA_SHEET = "_kyodo"
SHEET = Translated({"basic": _lt("Basic sheet"), "too_long": _lt("(The text is too long for a cell: please read it on the screen.)")})
COLUMNS = Translated({"heading": _lt("Part"), "help": _lt("How to write it"), "text": _lt("Space to write in")})
ANSWERS = Translated({"1": _lt("Yes"), "": _lt("No")})
HEADER_ROW, FIRST_ROW = 3, 4
BLANK_ROWS = 30
WIDTHS = {"Select": 16, "Check": 12, "Currency": 16, "Float": 12, "Int": 12, "Percent": 12, "Date": 18}
OTHER_WIDTH = 34
BASIC_WIDTHS = {"heading": 24, "help": 40, "text": 80}
LONGEST_LIST = 255  # characters that Excel takes as the choices of a cell, commas included


# -- what the form asks, and where ----------------------------------------------------------------


def basic_fields(doc: Document) -> dict[str, Field]:
	"""{fieldname: Field} of the basic sheet: every question that is answered in one cell."""
	return {field.name: field for field in _excel_fields(doc) if not (field.is_table or field.is_file)}


def table_fields(doc: Document) -> dict[str, Field]:
	"""{fieldname: Field} of the tables; each has a sheet of its own, named after its heading."""
	return {field.name: field for field in _excel_fields(doc) if field.is_table and not field.is_attachments}


def _excel_fields(doc: Document) -> list[Field]:
	"""The fields of the Excel form with their Japanese headings, by which a form is read, too, whatever the reader's language."""
	with in_record_language():
		return form.fields_of(doc, form.EXCEL)


def basic_sheet_title() -> str:
	"""The title of the basic sheet, in the words of the city."""
	return _sheet_title(SHEET["basic"])


def table_sheet_title(field: Field) -> str:
	"""The title of the sheet of a table."""
	return _sheet_title(field.label)


def _sheet_title(heading: str) -> str:
	"""A heading as Excel accepts it: at most 31 characters, none of them with a meaning in formulas."""
	return re.sub(r"[\[\]:*?/\\']", "", heading)[:31]


def option_words(df: Document) -> dict[str, str]:
	"""{option: its Japanese word} of what can be chosen in a field; empty for a field that is not chosen from a list."""
	if df.fieldtype == "Check":
		return dict(ANSWERS)
	if df.fieldname == "side":
		return {option: printing.SIDES[option] for option in (df.options or "").split("\n") if option}
	if vocabulary.is_choice(df):
		return {option: word for option, word in vocabulary.options(df, RECORD_LANGUAGE) if option}
	return dict(choices.of_link(df)[1:]) if df.fieldtype == "Link" else {}


def retired_words(df: Document) -> dict[str, str]:
	"""{option: its Japanese word} of options that are switched off; a form that still holds one can be read."""
	return getattr(vocabulary.options(df, RECORD_LANGUAGE), "off", {}) if vocabulary.is_choice(df) else {}


# -- the workbook -------------------------------------------------------------------------------------


def workbook_for(proposal: Document | None, programme: str | None = None) -> bytes:
	"""Return the form as an Excel file, filled with the proposal, or the blank form of a programme.

	The caller has checked the permission to read the proposal.
	"""
	doc = proposal or frappe.new_doc(DOCTYPE, programme=programme)
	heading = paper_forms.heading(rules_of(doc), "Proposal")
	book = openpyxl.Workbook()
	metadata = [("form", "", frappe.generate_hash(length=12)), ("proposal", "", doc.name or ""), ("programme", "", doc.programme)]
	with in_record_language():
		metadata += _write_basic_sheet(book.active, doc, heading)
		for field in table_fields(doc).values():
			metadata += _write_table_sheet(book.create_sheet(table_sheet_title(field)), doc, field, heading)
	_write_metadata(book.create_sheet(METADATA_SHEET), metadata)
	return workbooks.as_bytes(book)


def filename_of(proposal: Document | None, programme: str) -> str:
	"""Return the file name of the form of a proposal, or of the blank form of a programme."""
	rules = rules_of(proposal) if proposal else frappe.get_cached_doc("Kyodo Programme", programme)
	return f"{paper_forms.heading(rules, 'Proposal').title}_{proposal.name if proposal else _('New', lang=RECORD_LANGUAGE)}.xlsx"


def _write_head(sheet: Worksheet, heading: frappe._dict, title: str, help_text: str):
	line = "　".join(filter(None, (heading.number, heading.title, title)))
	workbooks.write_cell(sheet, 1, 2, line, locked=True, size=14, border=False).alignment = openpyxl.styles.Alignment(wrap_text=False)
	workbooks.write_cell(sheet, 2, 2, help_text, locked=True, border=False).alignment = openpyxl.styles.Alignment(wrap_text=False)
	sheet.column_dimensions["A"].hidden = True
	sheet.freeze_panes = sheet.cell(FIRST_ROW, 3)
	sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
	sheet.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)
	sheet.page_setup.fitToHeight = 0


def _write_basic_sheet(sheet: Worksheet, doc: Document, heading: frappe._dict) -> list[tuple[str, str, str]]:
	"""Write one row for each question; returns the metadata of what is shown."""
	sheet.title = basic_sheet_title()
	_write_head(sheet, heading, sheet.title, _("Please write into the white cells. For a new line within a cell press Alt+Enter."))
	for column, (key, text) in enumerate(COLUMNS.items(), 2):
		workbooks.write_cell(sheet, HEADER_ROW, column, text, head=True)
		sheet.column_dimensions["ABCD"[column - 1]].width = BASIC_WIDTHS[key]
	metadata = []
	for row, field in enumerate(basic_fields(doc).values(), FIRST_ROW):
		stored = drafts.field_text(doc, field.name)
		workbooks.write_cell(sheet, row, 2, field.label, head=True)
		if not sheets.fits_cell(stored):
			workbooks.write_cell(sheet, row, 4, SHEET["too_long"], locked=True)
			continue
		_write_question(sheet, row, doc, field, stored)
		metadata.append(("field", field.name, merge.digest(stored)))
	workbooks.protect(sheet)
	return metadata


def _write_question(sheet: Worksheet, row: int, doc: Document, field: Field, stored: str):
	help_text = field.help or (_("Please answer “Yes” or “No”.") if field.df.fieldtype == "Check" else "")
	workbooks.write_cell(sheet, row, 1, field.name, locked=True, border=False)
	workbooks.write_cell(sheet, row, 3, help_text, locked=True, size=9)
	workbooks.write_cell(sheet, row, 4, _cell_value(doc, field.df, stored))
	_offer_options(sheet, f"D{row}", field.df)
	sheet.row_dimensions[row].height = max(90, 15 * (len(stored) // 40 + stored.count("\n") + 1)) if field.is_long else 30


def _write_table_sheet(sheet: Worksheet, doc: Document, field: Field, heading: frappe._dict) -> list[tuple[str, str, str]]:
	"""Write the rows of a table with room for new ones; returns the metadata of the rows."""
	_write_head(sheet, heading, field.label, field.help)
	workbooks.write_cell(sheet, HEADER_ROW, 1, _("Row ID"), locked=True, border=False)
	for number, (name, text) in enumerate(field.columns.items(), 2):
		workbooks.write_cell(sheet, HEADER_ROW, number, text, head=True)
		sheet.column_dimensions[_letter(number)].width = WIDTHS.get(field.column(name).fieldtype, OTHER_WIDTH)
	rows = doc.get(field.name) or []
	metadata, last = [], FIRST_ROW + max(BLANK_ROWS, len(rows) + 15)
	for number, row in enumerate([*rows, *[None] * (last - FIRST_ROW - len(rows))], FIRST_ROW):
		metadata += _write_table_row(sheet, number, field, row)
	for number, name in enumerate(field.columns, 2):
		_offer_options(sheet, f"{_letter(number)}{FIRST_ROW}:{_letter(number)}{last}", field.column(name))
	_write_amounts(sheet, field, last)
	workbooks.protect(sheet)
	return metadata


def _write_table_row(sheet: Worksheet, number: int, field: Field, row: Document | None) -> list[tuple[str, str, str]]:
	texts = drafts.row_texts(row, field.columns) if row else dict.fromkeys(field.columns, "")
	for place, name in enumerate(field.columns, 2):
		df = field.column(name)
		cell = workbooks.write_cell(sheet, number, place, _cell_value(row, df, texts[name]) if row else None)
		cell.number_format = "#,##0" if df.fieldtype == "Currency" else cell.number_format if df.fieldtype in NUMBERS else "@"
	if not row:
		return []
	workbooks.write_cell(sheet, number, 1, row.name or "", locked=True, border=False)
	return [("row", f"{field.name}/{row.name}", merge.row_digest(texts))]


def _write_amounts(sheet: Worksheet, field: Field, last: int):
	"""Write a column that multiplies unit price and quantity, where a table has both."""
	letters = {name: _letter(number) for number, name in enumerate(field.columns, 2)}
	price, quantity = letters.get("unit_price"), letters.get("quantity")
	if not (price and quantity):
		return
	column = len(field.columns) + 2
	workbooks.write_cell(sheet, HEADER_ROW, column, _("Amount (calculated)"), head=True)
	sheet.column_dimensions[_letter(column)].width = 16
	for row in range(FIRST_ROW, last):
		cell = workbooks.write_cell(sheet, row, column, None, locked=True)
		cell.value = f'=IF(ISNUMBER({price}{row}),{price}{row}*IF(ISNUMBER({quantity}{row}),{quantity}{row},1),"")'
		cell.number_format = "#,##0"


def _cell_value(doc: Document | None, df: Document, text: str):
	"""A stored value as its cell shows it: a number as a number, an option by its Japanese word."""
	if df.fieldtype == "Check":
		return ANSWERS["1" if text else ""] if text or (doc and (doc.name or df.fieldname == "eligible")) else ""
	if not text:
		return ""
	if df.fieldtype in NUMBERS:
		return int(flt(text)) if flt(text).is_integer() else flt(text)
	return (option_words(df) | retired_words(df)).get(text, text)


def _offer_options(sheet: Worksheet, cells: str, df: Document):
	"""Let cells be chosen from a list, where the field has options and Excel can hold them."""
	words = tuple(option_words(df).values())
	if not words or len(",".join(words)) > LONGEST_LIST or any(mark in word for word in words for mark in ',"'):
		return
	validation = DataValidation(type="list", formula1='"{}"'.format(",".join(words)), allow_blank=True)
	validation.error, validation.errorTitle, validation.showErrorMessage = _("Please choose from the list."), _("To choose"), True
	sheet.add_data_validation(validation)
	validation.add(cells)


def _write_metadata(sheet: Worksheet, metadata: list[tuple[str, str, str]]):
	sheet.sheet_state = "veryHidden"
	for number, line in enumerate(metadata, 1):
		for column, value in enumerate(line, 1):
			workbooks.write_cell(sheet, number, column, value, locked=True, border=False)


def _letter(column: int) -> str:
	return openpyxl.utils.get_column_letter(column)
