"""Exports of our records from the desk, without formula injection, and as Japanese Excel opens them.

Frappe writes cells as they are stored, so that “=HYPERLINK(…)” in a title would be a link in the clerk's Excel. Frappe's
own functions create the file, and its texts are neutralised before it is sent. Numbers stay numbers. A CSV begins with a byte order
mark, without which Excel reads it as CP932; a template for Data Import does not, because Frappe would take the mark for a part of
the first heading.
"""

import csv
import io
import json
import re

import frappe
from frappe.utils import cint
from openpyxl import load_workbook

from kyodo_frappe.common import request_json
from kyodo_frappe.common.queries import REPORT_ROWS
from kyodo_frappe.permissions.overrides import check_known
from kyodo_frappe.rules.textkeys import safe_cell

OURS = "Kyodo "
MOST_ROWS = 200_000  # of an export
BYTE_ORDER_MARK = "\ufeff"
_NUMBER = re.compile(r"[-+]?[0-9][0-9,]*(\.[0-9]+)?%?")


@frappe.whitelist(methods=["GET", "POST"])
def export_list() -> None:
	"""Export a list or report view of the desk."""
	_export("frappe.desk.reportview.export_query", _argument("doctype"))


@frappe.whitelist(methods=["GET", "POST"])
def export_report() -> None:
	"""Export a query report of the desk."""
	report = str(_argument("report_name") or "")
	if report.startswith(OURS):
		_ask_for_all_rows()
	_export("frappe.desk.query_report.export_query", frappe.db.get_value("Report", report, "ref_doctype"))


@frappe.whitelist(methods=["GET", "POST"])
def export_data() -> None:
	"""Export records with their rows (Data Export)."""
	_export("frappe.core.doctype.data_export.exporter.export_data", _argument("doctype"))


@frappe.whitelist(methods=["GET", "POST"])
def export_template() -> None:
	"""Export a template for Data Import, with or without stored records."""
	_export("frappe.core.doctype.data_import.data_import.download_template", _argument("doctype"), mark=False)


def _ask_for_all_rows():
	"""Export all rows of a report that shows them in pages (reports/table.py), even if every row of the page shown is selected."""
	filters = request_json.mapping(_argument("filters"))
	shown = frappe.parse_json(_argument("visible_idx") or "[]")
	if not shown or cint(filters.get("page")) > 1 or len(shown) >= REPORT_ROWS:
		# earlier versions read an empty list as no row
		frappe.local.form_dict.visible_idx = list(range(MOST_ROWS))
	frappe.local.form_dict.filters = json.dumps({**filters, "page": 0})


def _argument(key: str):
	return frappe.form_dict.get(key)


def _export(method: str, doctype, mark: bool = True):
	check_known(doctype)
	ours = isinstance(doctype, str) and doctype.startswith(OURS)
	if ours:
		# the file of a background job could not be neutralised here; our exports are small enough without
		frappe.local.form_dict.pop("export_in_background", None)
	frappe.call(frappe.get_attr(method), **frappe.local.form_dict)
	if ours:
		_neutralise_response(frappe.local.response, mark)


def _neutralise_response(response: dict, mark: bool):
	content = response.get("filecontent")
	if isinstance(content, bytes) and content[:2] == b"PK":
		response["filecontent"] = neutralise_workbook(content)
	elif content:
		response["filecontent"] = _csv(content, mark)
	elif response.get("type") == "csv" and response.get("result"):
		response["result"] = _csv(response["result"], mark)


def _csv(content: str | bytes, mark: bool) -> str | bytes:
	content = neutralise_csv(content)
	begin = BYTE_ORDER_MARK if isinstance(content, str) else BYTE_ORDER_MARK.encode()
	return begin + content if mark and not content.startswith(begin) else content


def neutralise_csv(content: str | bytes) -> str | bytes:
	"""Return a CSV file without formulas, keeping its delimiter and encoding."""
	if isinstance(content, bytes):
		return neutralise_csv(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
	begin = BYTE_ORDER_MARK if content.startswith(BYTE_ORDER_MARK) else ""
	text = content.removeprefix(begin)
	try:
		dialect = csv.Sniffer().sniff(text.partition("\n")[0], delimiters=",;\t|")
		delimiter = dialect.delimiter
	except csv.Error:
		delimiter = ","
	made = io.StringIO()
	writer = csv.writer(made, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC)
	for row in csv.reader(io.StringIO(text), delimiter=delimiter):
		writer.writerow([_neutralise(cell) for cell in row])
	return begin + made.getvalue()


def neutralise_workbook(content: bytes) -> bytes:
	"""Return an Excel file without formulas."""
	book = load_workbook(io.BytesIO(content))
	for sheet in book.worksheets:
		for row in sheet.iter_rows():
			for cell in row:
				if isinstance(cell.value, str) and _neutralise(cell.value) != cell.value:
					cell.value = _neutralise(cell.value)
					cell.data_type = "s"
	made = io.BytesIO()
	book.save(made)
	return made.getvalue()


def _neutralise(text: str) -> str:
	return text if _NUMBER.fullmatch(text) else safe_cell(text)
