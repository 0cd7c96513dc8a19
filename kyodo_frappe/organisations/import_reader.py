"""Reading a list of organisations: Excel, or CSV in the encodings that offices use."""

import csv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
from frappe import _

from kyodo_frappe.organisations.errors import UnreadableList

MAX_UNPACKED = 1024**3
MAX_CELL = 2**20


def read(path: Path) -> Iterator[list]:
	"""Yield the rows of a list as lists of cells.

	Reads .xlsx (the first visible sheet), and CSV or tab-separated text in UTF-8, UTF-16 or CP932. Raises UnreadableList.
	"""
	with path.open("rb") as stream:
		begin = stream.read(8)
	if begin.startswith(b"\xd0\xcf\x11\xe0"):
		raise UnreadableList(
			_("This Excel file has a password or the old format. Please save it as {0} without a password.").format(".xlsx")
		)
	return _read_excel(path) if begin.startswith(b"PK") else _read_csv(path)


def _read_excel(path: Path) -> Iterator[list]:
	try:
		with zipfile.ZipFile(path) as archive:
			if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED:
				raise ValueError
		book = openpyxl.load_workbook(path, read_only=True, data_only=True)
		sheet = next((sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), None)
		if sheet is None:
			raise ValueError
		sheet.reset_dimensions()  # other programs may write wrong dimensions
		for row in sheet.iter_rows(values_only=True):
			yield list(row)
		book.close()
	except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError):
		raise UnreadableList(_("This Excel file cannot be opened. Please save it again as {0}.").format(".xlsx")) from None


def _read_csv(path: Path) -> Iterator[list]:
	encoding = _encoding_of(path)
	csv.field_size_limit(MAX_CELL)
	with path.open(encoding=encoding, newline="") as stream:
		sample = stream.read(64 * 1024)
		stream.seek(0)
		number = 0
		try:
			for number, row in enumerate(csv.reader(stream, delimiter=_delimiter(sample)), 1):  # noqa: B007
				yield row
		except csv.Error:
			raise UnreadableList(_("This CSV cannot be read beyond row {0}. Please save it again, or as Excel.").format(number)) from None


def _encoding_of(path: Path) -> str:
	with path.open("rb") as stream:
		begin = stream.read(3)
	if begin[:2] in (b"\xff\xfe", b"\xfe\xff"):
		return "utf-16"
	for encoding in ("utf-8-sig", "cp932"):
		try:
			with path.open(encoding=encoding, newline="") as stream:
				while stream.read(1024 * 1024):
					pass
			return encoding
		except UnicodeDecodeError:
			continue
	raise UnreadableList(_("The characters of this CSV cannot be read. Please save it as UTF-8, or as Excel."))


def _delimiter(sample: str) -> str:
	counts = {mark: sample.count(mark) for mark in (",", "\t", ";")}
	return max(counts, key=counts.get)
