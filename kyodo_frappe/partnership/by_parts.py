"""A record that both sides write, part by part: each part read on its page, and changed in a small form of its own.

A form sends with `was` the digest of the part as it was shown. Who changes a part that somebody else has changed
meanwhile gets the form back with what they typed, beside what is stored now; other parts never get in the way.
"""

import json
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common import vocabulary
from kyodo_frappe.programme.form import NUMBERS, TEXTS
from kyodo_frappe.rules.merge import digest
from kyodo_frappe.web import forms, inputs, words
from kyodo_frappe.web.errors import ChangedMeanwhile


@dataclass(frozen=True)
class Part:
	"""title and help: in the reader's language; may_add: whether rows may be added and taken away."""

	code: str
	title: str
	fields: tuple[str, ...] = ()
	tables: forms.Tables = field(default_factory=dict)
	help: str = ""
	may_add: bool = True


# -- reading ---------------------------------------------------------------------------


def shown(doc: Document, part: Part) -> dict:
	"""A part for reading: {code, title, facts: [(label, text, is_long)], tables: [{columns, rows}], empty}."""
	facts = [(_(df.label), _worded(df, doc.get(df.fieldname)), df.fieldtype in TEXTS) for df in _fields(doc, part)]
	tables = [_table(doc, table, columns) for table, columns in part.tables.items()]
	facts = [fact for fact in facts if fact[1]]
	return frappe._dict(
		code=part.code,
		title=part.title,
		facts=facts,
		tables=[table for table in tables if table.rows],
		empty=not facts and not any(table.rows for table in tables),
	)


def _fields(doc: Document, part: Part) -> list:
	return [doc.meta.get_field(name) for name in part.fields]


def _columns(doc: Document, table: str, columns: tuple[str, ...]) -> list:
	meta = frappe.get_meta(doc.meta.get_field(table).options)
	return [meta.get_field(name) for name in columns]


def _table(doc: Document, table: str, columns: tuple[str, ...]) -> dict:
	fields = _columns(doc, table, columns)
	return frappe._dict(
		title=_(doc.meta.get_label(table)),
		columns=[(_(df.label), df.fieldtype in NUMBERS) for df in fields],
		rows=[[_worded(df, row.get(df.fieldname)) for df in fields] for row in doc.get(table)],
	)


def _worded(df, value) -> str:
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


def form_of(doc: Document, part: Part, form: str, choices: dict | None = None) -> dict:
	"""What the form of a part shows: what was typed before a refusal, else what is stored. `choices`: {field: [(value,
	shown)]} for fields without options of their own; `stored`: what is stored, where that is something else by now."""
	typed = forms.refused_input(form)
	values = forms.view(doc, part.fields, part.tables, typed)
	return frappe._dict(
		name=form,
		was=stamp(doc, part),
		help=part.help,
		fields=[_input(df, values[df.fieldname], (choices or {}).get(df.fieldname)) for df in _fields(doc, part)],
		tables=[
			frappe._dict(
				table=table,
				title=_(doc.meta.get_label(table)),
				rows=values[table],
				columns=[inputs.column(df) for df in _columns(doc, table, columns)],
				may_add=part.may_add,
			)
			for table, columns in part.tables.items()
		],
		stored=shown(doc, part) if typed and typed.get("was") != stamp(doc, part) else None,
	)


def _input(df, value, choices) -> dict:
	kind = "select" if choices or vocabulary.is_choice(df) else "line" if df.fieldtype == "Link" else inputs.kind_of(df)
	options = choices or (forms.choices(df.parent, df.fieldname) if kind == "select" else [])
	return frappe._dict(name=df.fieldname, label=_(df.label), help=_(df.description), kind=kind, value=value, choices=options)


def stamp(doc: Document, part: Part) -> str:
	"""The digest of a part as it is stored."""
	values = forms.view(doc, part.fields, part.tables)
	for table in part.tables:
		values[table] = [{key: value for key, value in row.items() if key != "name"} for row in values[table]]
	return digest(json.dumps(values, ensure_ascii=False, sort_keys=True, default=str))


def store(doc: Document, part: Part, given: dict):
	"""Store what was typed into one part of a record that was read under a lock. Raises ChangedMeanwhile where somebody
	else has changed this part since, ValidationError, PermissionError."""
	if given.get("was") != stamp(doc, part):
		raise ChangedMeanwhile(
			_(
				"{0} has changed “{1}” after you opened it. What you typed is below, beside what is stored now. Check it and save again."
			).format(frappe.utils.get_fullname(doc.modified_by), part.title)
		)
	if part.may_add:
		forms.fill(doc, part.fields, part.tables, given)
	else:
		forms.fill(doc, part.fields, {}, given)
		for table, columns in part.tables.items():
			forms.fill_existing(doc, table, columns, given)
	doc.save()
