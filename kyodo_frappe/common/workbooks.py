"""Reading of uploaded Excel files, and writing of our own.

An uploaded file is parsed only after its archive has been checked: it has to be a workbook without macros, within limits
for its unpacked size and its number of XML elements (ten kilobytes of them can keep a server busy for minutes), and no
part may contain a document type, so that there are no entities to expand. Macros, links and images are not read. In the
files that we write, texts are stored as texts and never become formulas.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any

import frappe
import openpyxl
from frappe import _
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.worksheet import Worksheet

from kyodo_frappe.common.errors import InputMissing, WorkbookNotReadable
from kyodo_frappe.rules.sheets import cell_safe_text

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 40 * 1024 * 1024
MAX_PARTS = 500
MAX_ELEMENTS = 200_000  # in all parts together
MAX_STYLES = 20_000  # elements of a part without cells, which are the slowest to read
MAX_ROWS = 2000
MAX_COLUMNS = 60
FONT = "Yu Gothic"
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DECLARATIONS = tuple(word.encode(code) for word in ("<!DOCTYPE", "<!ENTITY") for code in ("utf-8", "utf-16-le", "utf-16-be"))
_CELLS = re.compile(r"xl/(worksheets/sheet\d+|sharedStrings)\.xml")
_thin = Side(style="thin", color="FF808080")
BORDER = Border(left=_thin, right=_thin, top=_thin, bottom=_thin)
HEADER_FILL = PatternFill("solid", fgColor="FFE8EEF4")
CELL_FILL = PatternFill("solid", fgColor="FFFFFFFF")


class Book:
	"""An uploaded workbook: the values of its sheets, and the text of formulas that were never computed."""

	def __init__(self, content: bytes):
		_check_archive(content)
		self._values = _load(content, data_only=True)
		self._formulas = _load(content, data_only=False)

	def names(self) -> list[str]:
		"""Return the names of the sheets."""
		return self._values.sheetnames

	def rows(self, name: str) -> Iterator[tuple]:
		"""Yield the rows of a sheet, with the text of a formula where it was never computed."""
		limits = {"max_row": MAX_ROWS, "max_col": MAX_COLUMNS, "values_only": True}
		values = self._values[name].iter_rows(min_row=1, **limits)
		formulas = self._formulas[name].iter_rows(min_row=1, **limits)
		for known, typed in zip(values, formulas, strict=False):
			yield tuple(typed[n] if value is None and n < len(typed) else value for n, value in enumerate(known))


def read(content: bytes) -> Book:
	"""Read an Excel file. Raises WorkbookNotReadable if it cannot be read or exceeds the limits."""
	return Book(content)


def uploaded_file(field: str = "file") -> bytes:
	"""Return the content of the uploaded Excel file without storing it.

	Raises ValidationError without a file, WorkbookNotReadable for another type.
	"""
	sent = frappe.request.files.get(field) if getattr(frappe.local, "request", None) else None
	if not sent or not sent.filename:
		frappe.throw(_("Please choose a file first."), InputMissing)
	if not sent.filename.lower().endswith(".xlsx"):
		frappe.throw(_("Please choose an Excel file with the extension .xlsx."), WorkbookNotReadable)
	return sent.stream.read(MAX_BYTES + 1)


def _check_archive(content: bytes):
	if len(content) > MAX_BYTES:
		frappe.throw(_("The Excel file is too large: the maximum is {0} MB.").format(MAX_BYTES // 1024 // 1024), WorkbookNotReadable)
	try:
		with zipfile.ZipFile(io.BytesIO(content)) as archive:
			parts = archive.infolist()
			if "xl/workbook.xml" not in archive.namelist() or any("vbaProject" in part.filename for part in parts):
				_refuse()
			if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
				frappe.throw(
					_("The Excel file contains more than a form should. Please use the form that can be downloaded here."),
					WorkbookNotReadable,
				)
			# zipfile never returns more of a part than its header states, so the sum above is an upper bound
			_check_parts(archive)
	except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zipfile.zlib.error):
		_refuse()


def _check_parts(archive: zipfile.ZipFile):
	elements = 0
	for part in archive.infolist():
		if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
			continue
		content = archive.read(part)
		if _has_doctype(content):
			_refuse()
		count = content.count(b"<")
		elements += count
		if elements > MAX_ELEMENTS or (count > MAX_STYLES and not _CELLS.fullmatch(part.filename)):
			frappe.throw(
				_("The Excel file contains more than a form should. Please use the form that can be downloaded here."), WorkbookNotReadable
			)


def _has_doctype(part: bytes) -> bool:
	return any(mark in part for mark in _DECLARATIONS)


def _load(content: bytes, data_only: bool) -> openpyxl.Workbook:
	try:
		return openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=data_only, keep_links=False)
	except Exception:  # openpyxl has no common base class for what damaged files raise
		_refuse()


def _refuse():
	frappe.throw(_("This file cannot be read as an Excel file (.xlsx). Please save it again in Excel as .xlsx."), WorkbookNotReadable)


def first_rows(book: Book, name: str, count: int = MAX_ROWS) -> list[tuple]:
	"""Return the first rows of a sheet as a list. Raises WorkbookNotReadable if the sheet cannot be read."""
	try:
		return list(islice(book.rows(name), count))
	except Exception:  # openpyxl reads sheets lazily, so damage shows only here
		_refuse()


# -- writing ------------------------------------------------------------------------------------


def write_cell(sheet: Worksheet, row: int, column: int, value: Any, *, head=False, locked=False, size=10.5, border=True) -> Cell:
	"""Write one cell. A text stays a text, even if it begins like a formula."""
	cell = sheet.cell(row, column)
	if isinstance(value, str):
		cell.value = cell_safe_text(value)
		cell.data_type = "s"
		cell.number_format = "@"
		cell.quotePrefix = True
	elif value is not None:
		cell.value = value
	cell.font = Font(name=FONT, size=size, bold=head)
	cell.alignment = Alignment(wrap_text=True, vertical="center" if head else "top")
	cell.protection = Protection(locked=head or locked)
	if border:
		cell.border = BORDER
		cell.fill = HEADER_FILL if head else CELL_FILL
	return cell


def protect(sheet: Worksheet):
	"""Protect headings from accidental changes. There is no password: users may lift the protection."""
	sheet.protection.sheet = True
	sheet.protection.formatColumns = sheet.protection.formatRows = sheet.protection.formatCells = False


def as_bytes(book: openpyxl.Workbook) -> bytes:
	"""Return a workbook as the content of an .xlsx file."""
	stream = io.BytesIO()
	book.save(stream)
	return stream.getvalue()


def respond(content: bytes, filename: str) -> None:
	"""Respond to the request with a workbook as a download."""
	frappe.local.response.filename = filename
	frappe.local.response.filecontent = content
	frappe.local.response.content_type = CONTENT_TYPE
	frappe.local.response.type = "download"
