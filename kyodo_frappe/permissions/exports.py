"""What the desk exports of our records: no text in it is a formula to the program that opens the file.

Frappe writes cells as they are stored, so that “=HYPERLINK(…)” in somebody's title works in the clerk's Excel. Its own
functions make the file; what they have made is gone through before it leaves. Numbers stay numbers.
"""

import csv
import io
import re

import frappe
from openpyxl import load_workbook

from kyodo_frappe.permissions.overrides import check_known
from kyodo_frappe.rules.textkeys import safe_cell

OURS = "Kyodo "
_NUMBER = re.compile(r"[-+]?[0-9][0-9,]*(\.[0-9]+)?%?")


@frappe.whitelist(methods=["GET", "POST"])
def export_list() -> None:
	"""A list or report view of the desk as a file."""
	_export("frappe.desk.reportview.export_query", _asked("doctype"))


@frappe.whitelist(methods=["GET", "POST"])
def export_report() -> None:
	"""A query report of the desk as a file."""
	report = str(_asked("report_name") or "")
	_export("frappe.desk.query_report.export_query", frappe.db.get_value("Report", report, "ref_doctype"))


@frappe.whitelist(methods=["GET", "POST"])
def export_data() -> None:
	"""Records with their rows as a file (Data Export)."""
	_export("frappe.core.doctype.data_export.exporter.export_data", _asked("doctype"))


@frappe.whitelist(methods=["GET", "POST"])
def export_template() -> None:
	"""A file to fill in, or to change what is stored (Data Import)."""
	_export("frappe.core.doctype.data_import.data_import.download_template", _asked("doctype"))


def _asked(key: str):
	return frappe.form_dict.get(key)


def _export(method: str, doctype):
	check_known(doctype)
	ours = isinstance(doctype, str) and doctype.startswith(OURS)
	if ours:
		# made later by a worker, whose file is out of reach; ours are small enough to be made at once
		frappe.local.form_dict.pop("export_in_background", None)
	frappe.call(frappe.get_attr(method), **frappe.local.form_dict)
	if ours:
		_make_harmless(frappe.local.response)


def _make_harmless(response: dict):
	content = response.get("filecontent")
	if isinstance(content, bytes) and content[:2] == b"PK":
		response["filecontent"] = harmless_workbook(content)
	elif content:
		response["filecontent"] = harmless_csv(content)
	elif response.get("type") == "csv" and response.get("result"):
		response["result"] = harmless_csv(response["result"])


def harmless_csv(content: str | bytes) -> str | bytes:
	"""A CSV file, in its own delimiter and encoding, without formulas."""
	if isinstance(content, bytes):
		return harmless_csv(content.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
	begin = "\ufeff" if content.startswith("\ufeff") else ""
	text = content.removeprefix(begin)
	try:
		dialect = csv.Sniffer().sniff(text.partition("\n")[0], delimiters=",;\t|")
		delimiter = dialect.delimiter
	except csv.Error:
		delimiter = ","
	made = io.StringIO()
	writer = csv.writer(made, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC)
	for row in csv.reader(io.StringIO(text), delimiter=delimiter):
		writer.writerow([_harmless(cell) for cell in row])
	return begin + made.getvalue()


def harmless_workbook(content: bytes) -> bytes:
	"""An Excel file whose texts are texts."""
	book = load_workbook(io.BytesIO(content))
	for sheet in book.worksheets:
		for row in sheet.iter_rows():
			for cell in row:
				if isinstance(cell.value, str) and _harmless(cell.value) != cell.value:
					cell.value = _harmless(cell.value)
					cell.data_type = "s"
	made = io.BytesIO()
	book.save(made)
	return made.getvalue()


def _harmless(text: str) -> str:
	return text if _NUMBER.fullmatch(text) else safe_cell(text)
