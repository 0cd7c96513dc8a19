"""Records that both sides write part by part: a part for reading, and one part at a time in a form.

A form sends the digest of the part as it was shown (`was`). If the part has changed since, the form is refused and shown
again with the typed and the stored values; other parts never get in the way.
"""

import json
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.names import name_of
from kyodo_frappe.programme.form import NUMBERS, TEXTS
from kyodo_frappe.rules.merge import digest
from kyodo_frappe.web import forms, inputs, words
from kyodo_frappe.web.errors import FormOutdated


@dataclass(frozen=True)
class Part:
	"""Fields and tables that are edited together. `title` and `help` are in the reader's language; `may_add`: whether rows can be
	added and removed."""

	code: str
	title: str
	fields: tuple[str, ...] = ()
	tables: forms.Tables = field(default_factory=dict)
	help: str = ""
	may_add: bool = True


# -- reading ---------------------------------------------------------------------------


def part_context(doc: Document, part: Part) -> dict:
	"""A part for reading: {code, title, facts: [(label, text, is_long)], tables: [{title, columns, rows}], empty}."""
	facts = [(_(df.label), _display_value(df, doc.get(df.fieldname)), df.fieldtype in TEXTS) for df in _docfields(doc, part)]
	tables = [_table_context(doc, table, columns) for table, columns in part.tables.items()]
	facts = [fact for fact in facts if fact[1]]
	return frappe._dict(
		code=part.code,
		title=part.title,
		facts=facts,
		tables=[table for table in tables if table.rows],
		empty=not facts and not any(table.rows for table in tables),
	)


def _docfields(doc: Document, part: Part) -> list:
	return [doc.meta.get_field(name) for name in part.fields]


def _column_docfields(doc: Document, table: str, columns: tuple[str, ...]) -> list:
	meta = frappe.get_meta(doc.meta.get_field(table).options)
	return [meta.get_field(name) for name in columns]


def _table_context(doc: Document, table: str, columns: tuple[str, ...]) -> dict:
	fields = _column_docfields(doc, table, columns)
	return frappe._dict(
		title=_(doc.meta.get_label(table)),
		columns=[(_(df.label), df.fieldtype in NUMBERS) for df in fields],
		rows=[[_display_value(df, row.get(df.fieldname)) for df in fields] for row in doc.get(table)],
	)


def _display_value(df, value) -> str:
	if value in (None, ""):
		return ""
	if df.fieldtype == "Check":
		return _("Yes") if value else _("No")
	if df.fieldtype == "Currency":
		return words.yen(value)
	if df.fieldtype in NUMBERS:
		return words.number(value)
	if df.fieldtype == "Date":
		return words.day(value)
	return vocabulary.shown(df, value)


# -- writing ----------------------------------------------------------------------------


def form_context(doc: Document, part: Part, form: str, choices: dict | None = None) -> dict:
	"""A part in a form: what was typed before a refusal, else the stored values.

	`choices`: {field: [(value, label)]} for fields without options of their own. `stored` of the result is the part as stored
	if it has changed since the form was shown.
	"""
	typed = forms.refused_input(form)
	values = forms.view(doc, part.fields, part.tables, typed)
	return frappe._dict(
		name=form,
		was=part_digest(doc, part),
		help=part.help,
		fields=[_input_context(df, values[df.fieldname], (choices or {}).get(df.fieldname)) for df in _docfields(doc, part)],
		tables=[
			frappe._dict(
				table=table,
				title=_(doc.meta.get_label(table)),
				rows=values[table],
				columns=[inputs.column(df) for df in _column_docfields(doc, table, columns)],
				may_add=part.may_add,
			)
			for table, columns in part.tables.items()
		],
		stored=part_context(doc, part) if typed and typed.get("was") != part_digest(doc, part) else None,
	)


def _input_context(df, value, choices) -> dict:
	kind = "select" if choices or vocabulary.is_choice(df) else "line" if df.fieldtype == "Link" else inputs.kind_of(df)
	options = choices or (forms.choices(df.parent, df.fieldname) if kind == "select" else [])
	return frappe._dict(name=df.fieldname, label=_(df.label), help=_(df.description), kind=kind, value=value, choices=options)


def part_digest(doc: Document, part: Part) -> str:
	"""The digest of a part as stored."""
	values = forms.view(doc, part.fields, part.tables)
	for table in part.tables:
		values[table] = [{key: value for key, value in row.items() if key != "name"} for row in values[table]]
	return digest(json.dumps(values, ensure_ascii=False, sort_keys=True, default=str))


def save_part(doc: Document, part: Part, given: dict):
	"""Save one part of a record that was read under a lock.

	Raises FormOutdated if this part has changed since the form was shown, ValidationError, PermissionError.
	"""
	if given.get("was") != part_digest(doc, part):
		raise FormOutdated(
			_(
				"{0} changed “{1}” after you opened it. Your input is below, together with the stored version. Please check it and save again."
			).format(name_of(doc.modified_by), part.title)
		)
	if part.may_add:
		forms.fill(doc, part.fields, part.tables, given)
	else:
		forms.fill(doc, part.fields, {}, given)
		for table, columns in part.tables.items():
			forms.fill_existing(doc, table, columns, given)
	doc.save()
