"""The rules of a programme in the words of its form: for the record of a change, its preview, and a version."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model import data_fieldtypes, table_fields
from frappe.model.document import Document
from frappe.utils import cint, flt, getdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.stored_values import plain
from kyodo_frappe.rules.era import era_date

# the column that names a row, where that is not the first compulsory one
NAME_COLUMNS = {"Kyodo Self Check Item": "item", "Kyodo Form Field": "label_text"}
# columns that hold the name of a field, and the record whose field it is
FIELDNAMES = {
	("Kyodo Rule Basis", "rule"): "Kyodo Programme",
}
# columns that hold the code of a row of another table, and what that row is called
CODES = {"criterion": ("criteria", "question"), "form_code": ("forms", "form_name")}
MAX_LENGTH = 40
NOTHING = "―"


def difference(field: str, before: Document, after: Document) -> list[str]:
	"""Return sentences on what differs in a field or table of two programmes."""
	df = before.meta.get_field(field)
	if df.fieldtype in table_fields:
		return _row_changes(df, before, after)
	return [f"{_(df.label)}：{_short_text(df, before.get(field), before)} → {_short_text(df, after.get(field), after)}"]


def describe(programme: Document, fields: Iterable[str]) -> list[dict]:
	"""[{label, lines}] of what `fields` of a programme say; a table with a line for each row."""
	found = []
	for field in fields:
		df = programme.meta.get_field(field)
		if df.fieldtype in table_fields:
			columns = _columns(df)
			lines = [_describe_row(columns, title, row, programme) for title, row in _by_title(df, programme).items()]
		else:
			lines = [_full_text(df, programme.get(field), programme)]
		found.append({"label": _(df.label), "lines": lines or [NOTHING]})
	return found


def _describe_row(columns: list, title: str, row: Document, programme: Document) -> str:
	texts = [
		f"{_(c.label)}：{_full_text(c, row.get(c.fieldname), programme)}"
		for c in columns
		if plain(row.get(c.fieldname)) != ""
		and c.fieldname != "code"
		and _short_text(c, row.get(c.fieldname), programme).strip("「」") != title
	]
	return f"{title}（{'／'.join(texts)}）" if texts else title


def _row_changes(df, before: Document, after: Document) -> list[str]:
	"""Sentences on rows that were added, removed or changed, by what names them."""
	old, new = _by_title(df, before), _by_title(df, after)
	label = _(df.label)
	found = [_("{0}: “{1}” is taken out.").format(label, title) for title in old if title not in new]
	found += [_("{0}: “{1}” is added.").format(label, title) for title in new if title not in old]
	for title in old:
		if title in new:
			parts = [
				f"{_(c.label)} {_short_text(c, old[title].get(c.fieldname), before)} → {_short_text(c, new[title].get(c.fieldname), after)}"
				for c in _columns(df)
				if plain(old[title].get(c.fieldname)) != plain(new[title].get(c.fieldname))
			]
			if parts:
				found.append(f"{label}：「{title}」 {_(', ').join(parts)}")
	return found or [_("{0}: the order is changed.").format(label)]


def _columns(df) -> list:
	return [c for c in frappe.get_meta(df.options).fields if c.fieldtype in data_fieldtypes and c.fieldname != "basis"]


def _by_title(df, programme: Document) -> dict[str, Document]:
	columns = _columns(df)
	named = NAME_COLUMNS.get(df.options)
	names_row = lambda c: c.fieldname == named if named else c.reqd and c.fieldname != "code"
	column = next((c for c in columns if names_row(c)), columns[0])
	titled = {}
	for row in programme.get(df.fieldname):
		title = first = _short_text(column, row.get(column.fieldname), programme).strip("「」")
		number = 2
		while title in titled:
			title, number = f"{first}（{number}）", number + 1
		titled[title] = row
	return titled


def _short_text(df, value, programme: Document) -> str:
	"""A value in a few words."""
	text = _full_text(df, value, programme)
	if df.fieldtype not in ("Data", "Small Text", "Text", "Long Text", "Link") or vocabulary.is_term(df) or text == NOTHING:
		return text
	text = text.replace("\n", " ")
	return f"「{text[:MAX_LENGTH]}{'…' if len(text) > MAX_LENGTH else ''}」"


def _full_text(df, value, programme: Document) -> str:
	if df.fieldtype == "Check":
		return _("Yes") if cint(value) else _("No")
	if df.fieldtype in ("Float", "Percent", "Currency", "Int"):
		return f"{flt(value):,.10g}"
	text = str(value or "").strip()
	if not text:
		return NOTHING
	if df.fieldtype == "Date":
		return era_date(getdate(text))
	if doctype := FIELDNAMES.get((df.parent, df.fieldname)):
		return _(frappe.get_meta(doctype).get_label(text))
	if df.fieldname in CODES:
		table, column = CODES[df.fieldname]
		return next((row.get(column) for row in programme.get(table) if row.code == text), text)
	return vocabulary.shown(df, text)
