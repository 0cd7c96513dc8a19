"""Files for Frappe's Data Import into our records (hooks.py).

Data Import casts cells before a record sees them: １２０，０００ becomes 120 or 0, 約30名 becomes 0. A file with cells that it would
read otherwise than meant is refused before anything is imported, with each cell and what to write in its place.
"""

import datetime
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from kyodo_frappe.common import typed_input
from kyodo_frappe.common.errors import InvalidValue
from kyodo_frappe.permissions.request import our_doctypes

MOST_SHOWN = 20


def check_file(doc: Document, method: str | None = None):
	"""Raise InvalidValue for a file that Frappe would read otherwise than meant. `doc`: a Data Import."""
	if doc.reference_doctype not in our_doctypes().values() or not (doc.import_file or doc.google_sheets_url):
		return
	header = doc.get_importer().import_file.header
	wrong = [sentence for column in header.columns if column.df and not column.skip_import for sentence in _wrong_cells(column)]
	if wrong:
		more = [_("and {0} more").format(len(wrong) - MOST_SHOWN)] if len(wrong) > MOST_SHOWN else []
		frappe.throw("<br>".join([_("Nothing has been imported. Please correct the file:"), *wrong[:MOST_SHOWN], *more]), InvalidValue)


def _wrong_cells(column) -> Iterator[str]:
	df = column.df
	if not typed_input.is_read(df) or df.fieldtype == "Data":
		return
	# the first row holds the headings
	for number, cell in enumerate(column.column_values, start=2):
		if cell in (None, ""):
			continue
		label = _("Row {0}, {1}").format(number, _(df.label))
		try:
			typed_input.check_whole(df, cell, label)
			meant = typed_input.read(df, cell, label) if isinstance(cell, str) else cell
		except InvalidValue as error:
			frappe.clear_last_message()
			yield str(error)
			continue
		if not _is_read_so(column, cell, meant):
			yield _("{0}: please write {1} in place of “{2}”.").format(label, meant, frappe.utils.escape_html(str(cell)[:40]))


def _is_read_so(column, cell: object, meant: object) -> bool:
	"""Whether Data Import reads a cell as it is meant."""
	if column.df.fieldtype in typed_input.NUMBERS:
		return (cint(cell) if column.df.fieldtype == "Int" else flt(cell)) == (meant or 0)
	if not isinstance(cell, str):
		return True
	try:
		return str(datetime.datetime.strptime(cell, column.date_format or ""))[: len(str(meant))] == str(meant)
	except ValueError:
		return False
