"""The tables that the set-up page asks for: their rows may be changed, left out and added.

An answer names a row by its number in the source, by its code, or, for a new row, by a name that begins with `new`.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import cint

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import _lt
from kyodo_frappe.programme import call_rules, form_library
from kyodo_frappe.programme import year as programme_year
from kyodo_frappe.programme.errors import InvalidSetupAnswer
from kyodo_frappe.programme.setup_answers import at, parse, question, refuse_unknown

NEW, LEFT_OUT, FORMS = "new", "left_out", "forms"
CALL_FIRST = (
	*("call_type", "call_name", "opens_month", "opens_day", "closes_month", "closes_day", "closing_hour"),
	*("ceiling", "rate", "frame", "years", "for_next_year", "one_per_organisation", "advice_required", "description"),
)
CALL_MORE = ("rounding", "places", *(field for field in call_rules.PLANNED if field not in CALL_FIRST))
DEADLINE_DAYS = {"Fixed Date": ("month", "day"), "Month End": ("month",), "After Event": ("months", "days")}


@dataclass(frozen=True)
class Table:
	"""A table: its title, the DocType of its rows, the columns asked for, those folded in.

	field: of the programme; for `seats`, the members of each committee. key: a column that names its rows, which cannot be added then.
	label: a column shown beside the others.
	"""

	title: str
	doctype: str
	field: str
	columns: tuple[str, ...]
	more: tuple[str, ...] = ()
	key: str = ""
	label: str = ""
	note: str = ""


TABLES = {
	"calls": Table(
		_lt("Calls of the Year"),
		"Kyodo Call Plan",
		"call_plan",
		CALL_FIRST,
		CALL_MORE,
		note=_lt("Where the call is silent, the rules of the programme hold."),
	),
	"meetings": Table(
		_lt("Meetings of the Year"), "Kyodo Meeting Plan", "meeting_plan", ("meeting_type", "month", "day", "begins_at", "topic")
	),
	"deadlines": Table(
		_lt("Deadlines"), "Kyodo Deadline Rule", "deadline_rules", ("month", "day", "months", "days"), key="code", label="label_text"
	),
	"forms": Table(
		_lt("Forms of Collaboration"),
		"Kyodo Collaboration Form",
		"forms",
		("form_name", "agreement_word", "money_word", "next_step", "needs_agreement"),
		key="code",
		note=_lt("Letters, agreements and pages use these words."),
	),
	"criteria": Table(
		_lt("Criteria"),
		"Kyodo Criterion",
		"criteria",
		("question", "step", "scale", "max_points", "weight", "veto"),
	),
	"documents": Table(
		_lt("Documents To Attach"), "Kyodo Required Document", "required_documents", ("document", "used_for", "required", "help_text")
	),
	"categories": Table(
		_lt("Rules for Categories of Expense"),
		"Kyodo Category Rule",
		"category_rules",
		("category", "not_eligible", "cap_amount", "cap_share", "cap_per_unit", "unit", "note"),
	),
	"year_terms": Table(
		_lt("Rates, Ceilings and Budgets by Year or Time"),
		"Kyodo Year Term",
		"year_terms",
		("counted_by", "number", "rate", "ceiling", "budget"),
		note=_lt("They hold where a call has no rate or ceiling of its own."),
	),
	"seats": Table(
		_lt("Seats of the Committees"), "Kyodo Committee Member", "members", ("member_name", "side", "position", "steps", "is_chair")
	),
}


# -- asking ----------------------------------------------------------------------------------------------


def describe(source: dict) -> dict[str, dict]:
	"""{part: {title, note, adds, columns, more: questions, sections: [{title, prefix, rows, blank}]}}

	rows: [{key, label, basis, asked: columns, values}]; offered: rows that may be taken in; blank: the values of a new row, None where none can be added.
	"""
	return {part: _describe(part, table, source) for part, table in TABLES.items()}


def _describe(part: str, table: Table, source: dict) -> dict:
	meta = frappe.get_meta(table.doctype)
	ask = lambda columns: [_column(part, meta.get_field(column)) for column in columns]
	return {
		"title": _(table.title),
		"note": _(table.note) if table.note else "",
		"columns": ask(table.columns),
		"more": ask(table.more),
		"sections": [
			{
				"title": title,
				"prefix": prefix,
				"rows": [_row(table, row, _key(table, prefix, row, number)) for number, row in enumerate(rows, 1)],
				"offered": [_row(table, row, row["code"]) for row in _offered(part, rows)],
				"blank": None if table.key else _blank(table, rows),
			}
			for title, prefix, rows in _lists(table, source)
		],
	}


def _offered(part: str, rows: list[dict]) -> list[dict]:
	"""The forms of collaboration of the library that the source does not have."""
	there = {row.get("code") for row in rows} | {row.get("form_name") for row in rows}
	if part != FORMS:
		return []
	return [form_library.form_row(row["code"]) for row in form_library.library()["forms"] if not {row["code"], row["form_name"]} & there]


def _column(part: str, df) -> dict:
	asked = question(df, {}, {})
	if part == "calls" and df.fieldname == "call_type":
		return {**asked, "choices": [[kind, programme_year.kind_of_call(kind)] for kind in df.options.split("\n")]}
	if vocabulary.is_choice(df):
		return {**asked, "choices": [list(pair) for pair in vocabulary.options(df)]}
	return asked


def _key(table: Table, prefix: str, row: dict, number: int) -> str:
	return f"{prefix}{row[table.key] if table.key else number}"


def _row(table: Table, row: dict, key: str) -> dict:
	columns = (*table.columns, *table.more)
	return {
		"key": key,
		"label": row.get(table.label, "") if table.label else "",
		"basis": row.get("basis") or "",
		"asked": list(DEADLINE_DAYS[row["kind"]]) if table.field == "deadline_rules" else list(columns),
		"values": {column: row.get(column) for column in columns},
	}


def _blank(table: Table, rows: list[dict]) -> dict:
	"""The values of a new row: the defaults, and the scale in which the other criteria are marked."""
	defaults = {df.fieldname: df.default for df in frappe.get_meta(table.doctype).fields if df.default}
	like = ("scale", "max_points", "step") if table.field == "criteria" and rows else ()
	return {
		column: value
		for column, value in {**defaults, **{c: rows[0].get(c) for c in like}}.items()
		if column in (*table.columns, *table.more)
	}


def _lists(table: Table, source: dict) -> Iterator[tuple[str, str, list[dict]]]:
	"""Yield (title, prefix of the keys, rows): once for a table of the programme, for `seats` once for each committee."""
	if table.field != "members":
		yield "", "", source["programme"].setdefault(table.field, [])
		return
	for number, committee in enumerate(source.get("committees", []), 1):
		yield committee["committee_name"], f"{number}-", committee.setdefault("members", [])


# -- answers ----------------------------------------------------------------------------------------------


def apply(source: dict, answers: dict[str, dict[str, dict]]):
	"""Change the source's tables as answered: {part: {key of a row: {column: value}}}. Raises InvalidSetupAnswer, InvalidNumber."""
	before = deepcopy(source["programme"])
	for part, table in TABLES.items():
		for _title, prefix, rows in _lists(table, source):
			given = {key: values for key, values in answers[part].items() if key.startswith(prefix)}
			_change_list(part, table, prefix, rows, given)
		known = tuple(prefix for _title, prefix, _rows in _lists(table, source))
		refuse_unknown({key for key in answers[part] if not key.startswith(known)})
	_follow(source["programme"], before)


def _change_list(part: str, table: Table, prefix: str, rows: list[dict], given: dict[str, dict]):
	there = {_key(table, prefix, row, number): row for number, row in enumerate(rows, 1)}
	adds = lambda key: not table.key and key.removeprefix(prefix).startswith(NEW)
	offered = {row["code"]: row for row in _offered(part, rows)}
	refuse_unknown({key for key in given if key not in {*there, *offered} and not adds(key)})
	for key, values in given.items():
		if key in offered:
			rows.append(offered[key])
		row = there.get(key) or offered.get(key) or _added(table, rows)
		_change(part, table, row, key, values)
		if cint(values.get(LEFT_OUT)):
			rows[:] = [other for other in rows if other is not row]


def _change(part: str, table: Table, row: dict, key: str, values: dict):
	refuse_unknown(set(values) - {*table.columns, *table.more, LEFT_OUT})
	for column, value in values.items():
		if column != LEFT_OUT:
			with at(part, key, column):
				row[column] = parse(table.doctype, column, value)
	for df in frappe.get_meta(table.doctype).fields:
		if df.reqd and df.fieldname in table.columns and not row.get(df.fieldname) and not cint(values.get(LEFT_OUT)):
			with at(part, key, df.fieldname):
				frappe.throw(_("Please fill in “{0}”.").format(_(df.label)), exc=InvalidSetupAnswer)


def _added(table: Table, rows: list[dict]) -> dict:
	row = _blank(table, rows)
	if frappe.get_meta(table.doctype).has_field("code"):
		taken = {other["code"] for other in rows}
		row["code"] = next(code for n in range(1, len(rows) + 2) if (code := f"N{n}") not in taken)
	rows.append(row)
	return row


def _follow(programme: dict, before: dict):
	"""What names a row that is left out goes with it: clauses of a form, criteria that questions are judged by; meetings are counted."""
	if before.get("forms") and not programme["forms"]:
		frappe.throw(_("Please keep at least one form of collaboration."), exc=InvalidSetupAnswer)
	left_out = _codes(before, "forms") - _codes(programme, "forms")
	programme["clauses"] = [row for row in programme.get("clauses", []) if row.get("form_code") not in left_out]
	for code in sorted(_codes(programme, "forms") - _codes(before, "forms")):
		clauses = programme["clauses"]
		for clause in form_library.lacking(clauses, code, only_here=len(programme["forms"]) > 1):
			clauses.insert(form_library.place_of(clause, clauses), clause)
	gone = _codes(before, "criteria") - _codes(programme, "criteria")
	for row in programme.get("form_fields", []):
		if row.get("criterion") in gone:
			row["criterion"] = ""
	if len(programme["meeting_plan"]) != len(before.get("meeting_plan", [])):
		programme["meetings_per_year"] = len(programme["meeting_plan"])


def _codes(programme: dict, table: str) -> set[str]:
	return {row["code"] for row in programme.get(table, [])}
