"""The content of a form as text: values in words, tables as rows of texts; for papers, comparisons and public pages.

Dates, ticks and options are in the language of the request; papers use the language of the records.
"""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model import data_fieldtypes
from frappe.model.document import Document
from frappe.utils import flt, getdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.programme.form import NUMBERS, Field, fields_of
from kyodo_frappe.rules.era import era_date, era_year

FACT, TEXT, TABLE = "fact", "text", "table"


def blocks(record: Document, place: str, empty: bool = False, only: Iterable[Field] | None = None) -> list[dict]:
	"""[{kind, name, label, step, former, criterion, …}] of what a place shows of a record, in the order of the form.

	kind fact or text: `text`; kind table: `columns` [(heading, is a number)], `rows` [[text]], `total` [text] or None. empty: include what
	has no value; only: these fields.
	"""
	chosen = fields_of(record, place, former=True) if only is None else only
	shown = [block(record, field) for field in chosen if may_read(record, field)]
	return [row for row in shown if empty or row.get("text") or row.get("rows")]


def may_read(record: Document, field: Field) -> bool:
	"""Whether the user may read the permission level of a field."""
	return not field.df.permlevel or record.has_permlevel_access_to(field.name, permission_type="read")


def block(record: Document, field: Field) -> dict:
	"""Return one block of `blocks`."""
	found = frappe._dict(name=field.name, label=field.label, step=field.step, former=field.former, criterion=field.criterion)
	if field.df.fieldtype == "Table" and not field.is_attachments:
		return found.update(kind=TABLE, **_table(record, field))
	return found.update(kind=TEXT if field.is_long or field.is_attachments else FACT, text=text_of(record, field))


def text_of(record: Document, field: Field) -> str:
	"""Return the value of a field as one text; of a table line by line."""
	value = record.get(field.name)
	if field.is_table:
		return _text_of_rows(record, field, value or [])
	if field.is_file:
		return _file_name(record, value)
	return display_value(field.df, value).replace("\r\n", "\n").strip()


def _text_of_rows(record: Document, field: Field, rows: list[Document]) -> str:
	if field.df.fieldtype == "Table MultiSelect":
		column = field.row_meta.get_link_fields()[0]
		return _(", ").join(filter(None, (display_value(column, row.get(column.fieldname)) for row in rows)))
	if field.is_attachments:
		return "\n".join(_document(record, row) for row in rows)
	return "\n".join("　".join(f"{label} {text}" for label, text in _row_texts(row, field)) for row in rows)


def display_value(df: Document, value) -> str:
	"""Return a value as people read it; "" for none."""
	if df.fieldtype == "Check":
		return _("Yes") if value else _("No")
	if value in (None, ""):
		return ""
	if _is_year(df):
		return era_year(int(value)) if value else ""
	if df.fieldtype in NUMBERS:
		return _number(df, flt(value))
	if df.fieldtype == "Date":
		return era_date(getdate(value)) if (frappe.local.lang or "ja").startswith("ja") else str(value)
	if vocabulary.is_choice(df):
		return vocabulary.shown(df, value)
	if df.fieldtype == "Link":
		title = frappe.get_meta(df.options).get_title_field()
		return str(frappe.db.get_value(df.options, value, title) or value)
	return str(value)


def _is_year(df: Document) -> bool:
	"""Whether a column holds the fiscal year of a row."""
	return df.fieldtype == "Int" and df.fieldname == "fiscal_year"


def _number(df: Document, value: float) -> str:
	if not value and not df.reqd:
		return ""  # Frappe keeps 0 for what nobody has filled in
	if df.fieldtype == "Currency":
		return _("{0} yen").format(f"{value:,.0f}")
	return f"{value:,.10g}" + ("%" if df.fieldtype == "Percent" else "")


def _document(record: Document, row: Document) -> str:
	name = _file_name(record, row.file)
	return f"{row.document}（{name}）" if name and name != row.document else row.document


def _file_name(record: Document | dict, url: str | None) -> str:
	"""The name under which a file was attached to this record; files of equal content share a url."""
	if not url:
		return ""
	mine = {"file_url": url, "attached_to_doctype": record.get("doctype"), "attached_to_name": record.get("name")}
	return frappe.db.get_value("File", mine, "file_name", order_by="creation") or url.rsplit("/", 1)[-1]


# -- tables -----------------------------------------------------------------------------------


def _table(record: Document, field: Field) -> dict:
	rows = record.get(field.name) or []
	columns = {**field.columns, **_further_columns(rows, field)}
	dfs = [field.column(name) for name in columns]
	numbers = [df.fieldtype in NUMBERS for df in dfs]
	return {
		"columns": list(zip(columns.values(), numbers, strict=True)),
		"rows": [[_cell(df, row.get(df.fieldname)) for df in dfs] for row in rows],
		"total": _total(rows, dfs),
	}


def _cell(df: Document, value) -> str:
	"""As `display_value`; in a row, 0 is a number like others."""
	return f"{flt(value):,.10g}" if df.fieldtype in ("Int", "Float") and not _is_year(df) else display_value(df, value)


def _further_columns(rows: list, field: Field) -> dict[str, str]:
	"""{column: heading} of filled columns that the form does not ask: computed amounts, and what the office has added."""
	found = {}
	for df in field.row_meta.fields:
		if (
			df.fieldname in field.columns
			or df.fieldtype not in data_fieldtypes
			or df.hidden
			or df.permlevel
			or df.fieldtype in ("Attach", "Datetime")
		):
			continue
		if df.fieldtype == "Link" and df.options == "User":
			continue
		if any(row.get(df.fieldname) and str(row.get(df.fieldname)) != str(df.default) for row in rows):
			found[df.fieldname] = _(df.label)
	return found


def _total(rows: list, dfs: list) -> list[str] | None:
	"""The sum under the last column of amounts; None without one."""
	amounts = [number for number, df in enumerate(dfs) if df.fieldtype == "Currency"]
	if not rows or not amounts or not amounts[-1]:
		return None
	df = dfs[amounts[-1]]
	cells = [""] * len(dfs)
	cells[0], cells[amounts[-1]] = _("Total"), _("{0} yen").format(f"{sum(flt(row.get(df.fieldname)) for row in rows):,.0f}")
	return cells


def _row_texts(row: Document, field: Field) -> list[tuple[str, str]]:
	"""[(heading, text)] of a row, without ticks that have their default."""
	columns = {**field.columns, **_further_columns([row], field)}
	found = []
	for name, heading in columns.items():
		df = field.column(name)
		if df.fieldtype == "Check" and str(row.get(name) or 0) == str(df.default or 0):
			continue
		if text := display_value(df, row.get(name)):
			found.append((heading, text))
	return found
