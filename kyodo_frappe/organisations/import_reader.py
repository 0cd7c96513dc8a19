"""Reading a list of organisations: Excel, or text with commas or tabs in the encodings that offices use.

A list may begin below a title, on another sheet than the first (表紙), and with two rows of headings. A cell merged over several rows
counts for each of them, as a reader sees it, except for the name: one name is one organisation. Text that a spreadsheet was told not to convert (="0010001") is read as that text.
"""

import csv
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
from frappe import _
from openpyxl.utils import range_boundaries

from kyodo_frappe.common.errors import UnreadableList
from kyodo_frappe.rules.organisation_cells import NOT_COMPUTED
from kyodo_frappe.rules.organisation_columns import HEADER_WITHIN, Layout, NoNameColumn, detect_layout

MAX_UNPACKED = 1024**3
MAX_CELL = 2**20
CHUNK = 1024**2
DELIMITERS = (",", "\t", ";")
_AS_TEXT = re.compile(r'="([^"]*)"')
_MERGED = re.compile(rb'<mergeCell\b[^>]*\bref="([A-Z0-9:]+)"')
_FORMULA = re.compile(rb"<f[ />]")


@dataclass(frozen=True)
class List:
	"""Where a list is. `form`: title of its sheet, or delimiter of its text; `other_sheets`: visible sheets that are not read."""

	path: Path
	form: str
	layout: Layout
	other_sheets: tuple[str, ...] = ()

	def rows(self) -> Iterator[list]:
		"""Yield all rows of the sheet or text as lists of cells. Raises UnreadableList."""
		if not _is_excel(self.path):
			return _text_rows(self.path, self.form)
		return _sheet_rows(self.path, self.form, self.layout)


def find_list(path: Path) -> List:
	"""Find the list in an .xlsx file, or in text in UTF-8, UTF-16 or CP932: the sheet with the most known headings.

	Raises UnreadableList, and NoNameColumn where no heading says which column has the names.
	"""
	with path.open("rb") as stream:
		begin = stream.read(8)
	if begin.startswith(b"\xd0\xcf\x11\xe0"):
		raise UnreadableList(
			_("This Excel file has a password or the old format. Please save it as {0} without a password.").format(".xlsx")
		)
	forms = _sheets(path) if _is_excel(path) else DELIMITERS
	found = []
	for form in forms:
		rows = _sheet_rows(path, form) if _is_excel(path) else _text_rows(path, form)
		try:
			found.append((form, detect_layout(list(islice(rows, HEADER_WITHIN + 1)))))
		except NoNameColumn:
			continue
	if not found:
		raise NoNameColumn()
	form, layout = max(found, key=lambda one: one[1].known)
	return List(path, form, layout, tuple(sheet for sheet in forms if sheet != form) if _is_excel(path) else ())


def _is_excel(path: Path) -> bool:
	with path.open("rb") as stream:
		return stream.read(2) == b"PK"


# -- Excel --------------------------------------------------------------------------------


def _sheets(path: Path) -> list[str]:
	"""The titles of the visible sheets."""
	try:
		with zipfile.ZipFile(path) as archive:
			if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
				raise ValueError
		book = openpyxl.load_workbook(path, read_only=True)
		titles = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
		book.close()
	except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError):
		_refuse_excel()
	return titles or _refuse_excel()


def _refuse_excel():
	raise UnreadableList(_("This Excel file cannot be opened. Please save it again as {0}.").format(".xlsx")) from None


def _sheet_rows(path: Path, title: str, layout: Layout | None = None) -> Iterator[list]:
	try:
		book = openpyxl.load_workbook(path, read_only=True, data_only=True)
		merged, has_formulas = _scan(book[title])
		if layout:
			merged = {row: [cell for cell in cells if not _is_name(row, cell[0], layout)] for row, cells in merged.items()}
		rows = _values(book[title])
		if has_formulas:
			formulas = openpyxl.load_workbook(path, read_only=True)
			rows = map(_computed, rows, _values(formulas[title]))
		yield from _fill_down(rows, merged)
		book.close()
	except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError):
		_refuse_excel()


def _is_name(row: int, column: int, layout: Layout) -> bool:
	"""Whether a cell is below the heading of the names. row: from 1; column: from 0."""
	return row > layout.header + 1 and layout.columns.get(column) == "organisation_name"


def _values(sheet) -> Iterator[list]:
	sheet.reset_dimensions()  # other programs may write wrong dimensions
	return (list(row) for row in sheet.iter_rows(values_only=True))


def _scan(sheet) -> tuple[dict[int, list[tuple[int, int]]], bool]:
	"""({first row: [(column from 0, last row)] of cells merged over several rows}, whether there are formulas).

	openpyxl reads merged cells only where it holds the whole sheet in memory.
	"""
	merged: dict[int, list[tuple[int, int]]] = {}
	has_formulas, rest = False, b""
	with sheet._get_source() as source:
		while chunk := source.read(CHUNK):
			text = rest + chunk
			has_formulas = has_formulas or bool(_FORMULA.search(text))
			end = 0
			for found in _MERGED.finditer(text):
				column, first, _last_column, last = range_boundaries(found[1].decode())
				if last > first:
					merged.setdefault(first, []).append((column - 1, last))
				end = found.end()
			rest = text[max(end, len(text) - 200) :]
	return merged, has_formulas


def _computed(values: list, formulas: list) -> list:
	"""The values of a row, with ="…" as its text where a program has saved a formula without its value."""
	return [_read_formula(formula) if value is None and _is_formula(formula) else value for value, formula in zip(values, formulas)]


def _is_formula(cell: Any) -> bool:
	return isinstance(cell, str) and cell.startswith("=")


def _read_formula(formula: str) -> str:
	text = _AS_TEXT.fullmatch(formula)
	return text[1] if text else NOT_COMPUTED


def _fill_down(rows: Iterable[list], merged: dict[int, list[tuple[int, int]]]) -> Iterator[list]:
	"""The rows, with the value of a cell in each row over which it is merged; empty rows stay empty."""
	held: dict[int, tuple[int, Any]] = {}
	for number, row in enumerate(rows, 1):
		filled = any(cell not in (None, "") for cell in row)
		for column, (last, value) in held.items():
			if filled and number <= last:
				row += [None] * (column + 1 - len(row))
				row[column] = value if row[column] is None else row[column]
		for column, last in merged.get(number, ()):
			held[column] = (last, row[column] if column < len(row) else None)
		yield row


# -- text -----------------------------------------------------------------------------------


def _text_rows(path: Path, delimiter: str) -> Iterator[list]:
	csv.field_size_limit(MAX_CELL)
	with path.open(encoding=_encoding_of(path), newline="") as stream:
		number = 0
		try:
			for number, row in enumerate(csv.reader(stream, delimiter=delimiter), 1):  # noqa: B007
				yield [_AS_TEXT.sub(r"\1", cell) if _AS_TEXT.fullmatch(cell) else cell for cell in row]
		except csv.Error:
			raise UnreadableList(_("This CSV cannot be read beyond row {0}. Please save it again, or as Excel.").format(number)) from None


def _encoding_of(path: Path) -> str:
	with path.open("rb") as stream:
		begin = stream.read(4096)
	for encoding in _encodings(begin):
		try:
			with path.open(encoding=encoding, newline="") as stream:
				while stream.read(CHUNK):
					pass
			return encoding
		except UnicodeError:
			continue
	raise UnreadableList(_("The characters of this CSV cannot be read. Please save it as UTF-8, or as Excel."))


def _encodings(begin: bytes) -> tuple[str, ...]:
	"""The encodings that a text may have, by its first bytes. Only UTF-16 has zeros, and they are half of a comma or line end."""
	if begin[:2] in (b"\xff\xfe", b"\xfe\xff"):
		return ("utf-16",)
	if b"\0" in begin:
		return ("utf-16-le",) if begin[1::2].count(0) > begin[::2].count(0) else ("utf-16-be",)
	return ("utf-8-sig", "cp932")
