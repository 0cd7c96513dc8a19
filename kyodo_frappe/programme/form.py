"""The forms of a programme: each question is declared once, in the programme's table `form_fields`.

Portal, check page, corrections, comments, differences, re-proposals, paper, Excel, committee papers, public page and open data read it
here. A record that is bound to a version of the rules has the form of that version. `forms.json` is the form that a programme begins
with; presets reword its rows. Sources: design.md §1; 鎌倉 2(2)表1(4) 基本シート.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cache, cached_property
from pathlib import Path

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.permissions.errors import TextTooLong
from kyodo_frappe.programme import term
from kyodo_frappe.programme.versions import VERSION, rules_of, rules_of_project

FORMS = {"Proposal": "Kyodo Proposal", "Organisation": "Kyodo Organisation", "Report": "Kyodo Report"}
PORTAL, PAPER, EXCEL, REVIEW, PUBLIC, OPEN_DATA = "on_portal", "on_paper", "in_excel", "for_review", "public", "open_data"
PLACES = (PORTAL, PAPER, EXCEL, REVIEW, PUBLIC, OPEN_DATA)
# the places of each form: only proposals have an Excel form, and no committee reads a registration
PLACES_OF = {"Proposal": PLACES, "Organisation": (PORTAL, PAPER, PUBLIC, OPEN_DATA), "Report": (PORTAL, PAPER, REVIEW, PUBLIC)}
TEXTS = ("Small Text", "Text", "Long Text")
NUMBERS = ("Int", "Float", "Currency", "Percent")
ASKED = ("Data", *TEXTS, "Select", "Check", *NUMBERS, "Date", "Link")
ASKABLE = (*ASKED, "Attach", *table_fields)
ROW_COLUMNS = (
	*("form", "step", "fieldname", "label_text", "help_text", "example", "required", "max_length"),
	*("asked_when", "answer_needed", "refusal"),
	*("criterion", "table_columns"),
)
# what a question of a call says
REQUIRED, NOT_ASKED = "Required", "Not Asked"
# when a question of a proposal is written: "" before handing in, or with the documents after the section talk (担当課協議)
BOTH_TIMES, AFTER_TALK = "Both Times", "After the Talk"
CACHE = "kyodo_form_content"
# fields of the app that a form may ask, though its own form does not; CONTINUED is asked by calls for continued projects only
FURTHER = {"Proposal": ("starts_on",)}
CONTINUED = "continued_project"
# what is asked only where a proposal can have, or has, a term of several years
BY_TERM = {"term": term.is_offered, term.ROWS: term.are_asked}
YEAR_OF_LINE = "year_number"
# tables whose rows come from the record itself: one for each year of the term
FIXED_ROWS = ("Kyodo Yearly Amount",)


@dataclass(frozen=True)
class Field:
	"""A field of a form.

	df: its DocField; label, help, example: in the programme's words; step: basics, sheet, plan, money, contact, documents or publication; columns:
	{column: heading} of a table; former: filled in under an earlier form and no longer asked; asked_when: "", BOTH_TIMES or AFTER_TALK;
	answer_needed: "", Yes or No, and refusal, what is said with another answer.
	"""

	df: Document
	step: str
	label: str
	help: str = ""
	example: str = ""
	required: bool = False
	max_length: int = 0
	asked_when: str = ""
	answer_needed: str = ""
	refusal: str = ""
	criterion: str = ""
	columns: dict[str, str] = dataclass_field(default_factory=dict)
	places: frozenset[str] = frozenset()
	former: bool = False

	@property
	def name(self) -> str:
		"""The fieldname."""
		return self.df.fieldname

	@property
	def is_table(self) -> bool:
		"""Whether the field is a table."""
		return self.df.fieldtype in table_fields

	@property
	def is_long(self) -> bool:
		"""Whether the field is a text of several lines."""
		return self.df.fieldtype in TEXTS

	@property
	def is_file(self) -> bool:
		"""Whether the field holds a file."""
		return self.df.fieldtype == "Attach"

	@property
	def is_attachments(self) -> bool:
		"""Whether the field is a table of documents with their files."""
		return self.df.options == "Kyodo Attachment"

	@property
	def has_fixed_rows(self) -> bool:
		"""Whether the rows of a table are given, so that nobody adds or removes any."""
		return self.df.options in FIXED_ROWS

	@cached_property
	def row_meta(self):
		"""The Meta of the rows of a table."""
		return frappe.get_meta(self.df.options)

	def column(self, name: str) -> Document:
		"""Return the DocField of a column of a table."""
		return self.row_meta.get_field(name)


# -- the form of a record --------------------------------------------------------------------


def fields_of(record: Document | dict, place: str | None = None, former: bool = False) -> list[Field]:
	"""Return the fields of a record's form in their order; with `place`, those shown there.

	record: of a DocType in FORMS, also a new one; former: include fields that were filled in under an earlier form.
	"""
	found = [_field(record, row) for row in _asked_rows(record)]
	if former:
		found += _former(record, {field.name for field in found})
	return [field for field in found if place is None or place in field.places]


def field_of(record: Document | dict, fieldname: str) -> Field | None:
	"""Return the Field of a record's form, or None."""
	return next((_field(record, row) for row in _asked_rows(record) if row.fieldname == fieldname), None)


def headings(record: Document | dict) -> dict[str, str]:
	"""{fieldname: heading} in the words of the rules that the record was handed in under."""
	return {field.name: field.label for field in fields_of(record)}


def headings_in(rules, form: str = "Proposal") -> dict[str, str]:
	"""As `headings`, of a programme or of Rules."""
	meta = frappe.get_meta(FORMS[form])
	return {row.fieldname: row.get("label_text") or _(meta.get_label(row.fieldname)) for row in _rows(rules, form)}


def by_criterion(rules) -> dict[str, str]:
	"""{code of a criterion: fieldname of the part of the proposal that it judges}"""
	return {row.criterion: row.fieldname for row in _rows(rules, "Proposal") if row.get("criterion")}


def steps_of(record: Document | dict) -> dict[str, list[Field]]:
	"""{step: its fields in the portal} in the order of the steps; former fields are in the step of the texts."""
	found = {step: [] for step in step_names(_form_of(record))}
	for field in fields_of(record, PORTAL, former=True):
		found[field.step].append(field)
	return found


def public_headings(record: Document | dict, except_for: Iterable[str] = ()) -> list[str]:
	"""Return the headings of what becomes public with the organisation's consent. except_for: fields with a consent of their own."""
	return [field.label for field in public_fields(record) if field.name not in set(except_for)]


def public_fields(record: Document | dict) -> list[Field]:
	"""Return the fields that become public, on the page or in the open data, with the organisation's consent."""
	return [field for field in fields_of(record) if field.places & {PUBLIC, OPEN_DATA}]


def consented_fields(organisation: Document | dict) -> set[str]:
	"""Return the names of the fields that an organisation has consented to show with its profile.

	Where that was not recorded, those that the app's own form shows: nobody has consented to what a city opens later.
	"""
	recorded = lines(organisation.get("profile_fields"))
	return set(recorded) or {row.fieldname for row in standard() if row.form == "Organisation" and cint(row.get(PUBLIC))}


def unconsented_fields(organisation: Document | dict) -> list[Field]:
	"""Return the public fields that an organisation with a public profile has not consented to show."""
	if not cint(organisation.get("publish_profile")):
		return []
	agreed = consented_fields(organisation)
	return [field for field in public_fields(organisation) if field.name not in agreed]


def check_complete(record: Document):
	"""Raise ValidationError with the headings of required fields that are empty."""
	if fields := missing(record):
		frappe.throw(_("Not filled in yet: {0}.").format(_(", ").join(field.label for field in fields)), InputMissing)


def missing(record: Document) -> list[Field]:
	"""Return the required fields that are empty."""
	df = frappe.get_meta(record.get("doctype")).get_field
	empty = (row for row in _asked_rows(record) if not is_filled(record, df(row.fieldname)))
	return [field for field in (_field(record, row) for row in empty) if field.required]


def is_filled(record: Document | dict, df: Document) -> bool:
	"""Whether a field of a record has a value."""
	value = record.get(df.fieldname)
	return bool(value.strip()) if isinstance(value, str) else bool(value)


def wrong_answers(record: Document) -> list[Field]:
	"""Return the fields that are answered otherwise than `answer_needed`."""
	fields = (_field(record, row) for row in _asked_rows(record) if row.get("answer_needed"))
	return [field for field in fields if _answer(record, field.df) != field.answer_needed]


def _answer(record: Document, df: Document) -> str:
	"""Yes, No, or "" for a choice that was not made."""
	value = record.get(df.fieldname)
	if df.fieldtype == "Check":
		return "Yes" if cint(value) else "No"
	return next((answer for answer, words in yes_and_no().items() if value in words), "")


def yes_and_no() -> dict[str, tuple[str, str]]:
	"""{answer: its spellings in a choice}, as a city may write them."""
	return {"Yes": ("Yes", _("Yes", lang=RECORD_LANGUAGE)), "No": ("No", _("No", lang=RECORD_LANGUAGE))}


def check_lengths(record: Document):
	"""Raise TextTooLong for a changed text that is longer than the form allows."""
	for row in _rows_of(record):
		text, most = record.get(row.fieldname), cint(row.get("max_length"))
		too_long = most and isinstance(text, str) and len(text.strip()) > most
		if too_long and record.has_value_changed(row.fieldname) and _is_asked(record, row):
			label = _field(record, row).label
			frappe.throw(_("“{0}” is too long: at most {1} characters.").format(label, most), exc=TextTooLong)


def _form_of(record: Document | dict) -> str:
	return next(form for form, doctype in FORMS.items() if doctype == record.get("doctype"))


def _rows_of(record: Document | dict) -> list:
	if record.get("doctype") == FORMS["Report"]:
		rules = rules_of_project(record.get("project"))
	else:
		rules = rules_of(record) if record.get("programme") else None
	return _rows(rules, _form_of(record))


def _asked_rows(record: Document | dict) -> list:
	return [row for row in _rows_of(record) if _is_asked(record, row)]


def _rows(rules, form: str) -> list:
	rows = [row for row in ((rules.get("form_fields") if rules else None) or standard()) if row.form == form]
	questions = rules.get("questions") if rules and form == "Proposal" else None
	return _as_its_call_asks(rows, questions) if questions else rows


def _as_its_call_asks(rows: list, questions: list) -> list:
	"""The rows of a form with what the questions of a call (Kyodo Call Question) add, reword and leave out."""
	asked = {question.fieldname: question for question in questions}
	known = {row.fieldname for row in rows}
	kept = [_reworded(row, asked[row.fieldname]) if row.fieldname in asked else row for row in rows]
	added = [_reworded(_new_row(fieldname), question) for fieldname, question in asked.items() if fieldname not in known]
	return [row for row in (*kept, *added) if row.fieldname not in asked or asked[row.fieldname].asked != NOT_ASKED]


def _reworded(row, question) -> frappe._dict:
	"""A row of a form with the answers of a question of a call."""
	columns = {column: row.get(column) for column in (*ROW_COLUMNS, *PLACES)}
	wordings = ("step", "label_text", "help_text", "max_length", "asked_when", "answer_needed", "refusal")
	said = {column: question.get(column) for column in wordings if question.get(column)}
	return frappe._dict({**columns, **said, "required": int(question.asked == REQUIRED), "call_types": None})


def holds_files(df: Document) -> bool:
	"""Whether a field holds a file, or is a table of files."""
	return df.fieldtype == "Attach" or df.options == "Kyodo Attachment"


def _new_row(fieldname: str) -> frappe._dict:
	"""A row for a field that the form of the programme does not ask."""
	df = frappe.get_meta(FORMS["Proposal"]).get_field(fieldname)
	places = dict.fromkeys((PORTAL, PAPER, REVIEW), 1) | {EXCEL: int(not (df and holds_files(df)) and fieldname != CONTINUED)}
	step = "Documents" if df and df.fieldtype == "Attach" else "Sheet"
	return frappe._dict(form="Proposal", fieldname=fieldname, step=step, **places)


def _is_asked(record: Document | dict, row) -> bool:
	"""Whether the field of a row exists and is asked in the record's type of call."""
	df = frappe.get_meta(record.get("doctype")).get_field(row.fieldname)
	if df is None or df.fieldtype not in ASKABLE or (row.get("asked_when") == AFTER_TALK and _is_before_talk(record)):
		return False
	if not _is_possible(record, df.fieldname):
		return False
	types = lines(row.get("call_types"))
	return not types or (record.get("call") and frappe.get_cached_value("Kyodo Call", record.get("call"), "call_type")) in types


def _is_before_talk(record: Document | dict) -> bool:
	"""Whether a proposal has not reached the documents after the section talk; a record that does not know has."""
	unknown = "later_documents_on" not in record if isinstance(record, dict) else not record.meta.has_field("later_documents_on")
	return not (unknown or record.get("later_documents_on"))


def _is_possible(record: Document | dict, fieldname: str) -> bool:
	"""Whether a field concerns a record at all: the term of a proposal, and its amounts per year, only where it can have several."""
	return fieldname not in BY_TERM or BY_TERM[fieldname](record)


def _field(record: Document | dict, row) -> Field:
	df = frappe.get_meta(record.get("doctype")).get_field(row.fieldname)
	return Field(
		df=df,
		step=row.step.lower(),
		label=row.get("label_text") or _(df.label),
		help=row.get("help_text") or _(df.description or ""),
		example=row.get("example") or "",
		required=bool(cint(row.get("required")) or df.reqd),
		max_length=cint(row.get("max_length")),
		asked_when=row.get("asked_when") or "",
		answer_needed=row.get("answer_needed") or "",
		refusal=row.get("refusal") or "",
		criterion=row.get("criterion") or "",
		columns=_columns_of(record, df, row.get("table_columns")),
		places=frozenset(place for place in PLACES if cint(row.get(place))),
	)


def _columns_of(record: Document | dict, df: Document, declared: str | None) -> dict[str, str]:
	"""As `_columns`; the year of a line, declared or not, only where a proposal has years to choose from."""
	columns = _columns(df, declared)
	if df.fieldname not in term.LINES or record.get("doctype") != FORMS["Proposal"]:
		return columns
	heading = columns.pop(YEAR_OF_LINE, None)
	if term.are_asked(record):
		columns[YEAR_OF_LINE] = heading or _(frappe.get_meta(df.options).get_label(YEAR_OF_LINE))
	return columns


def _columns(df: Document, declared: str | None) -> dict[str, str]:
	if df.fieldtype not in table_fields:
		return {}
	meta = frappe.get_meta(df.options)
	headings = dict(column_and_heading(line) for line in lines(declared))
	names = headings or [column.fieldname for column in meta.fields if _is_filled_in(column)]
	existing = [name for name in names if meta.get_field(name)]
	return {name: headings.get(name) or _(meta.get_label(name)) for name in existing}


def column_and_heading(line: str) -> tuple[str, str]:
	"""Return (column, heading) of a line “column: heading” of a row's `table_columns`; heading "" without one."""
	name, _mark, heading = line.replace("：", ":", 1).partition(":")
	return name.strip(), heading.strip()


def _is_filled_in(column: Document) -> bool:
	"""Whether people fill in a column of a table, where the form does not list its columns."""
	return column.fieldtype in ASKED and not (column.read_only or column.hidden or column.permlevel)


def _former(record: Document | dict, asked: set[str]) -> list[Field]:
	meta = frappe.get_meta(record.get("doctype"))
	names = [name for name in content_of(record.get("doctype")) if name not in asked and _is_possible(record, name)]
	found = [df for df in meta.fields if df.fieldname in names and df.fieldtype in ASKABLE and is_filled(record, df)]
	places = frozenset({PORTAL, PAPER, REVIEW})
	return [Field(df, "sheet", _(df.label), columns=_columns(df, None), places=places, former=True) for df in found]


def lines(text: str | None) -> list[str]:
	"""Return the non-empty lines of a text, stripped."""
	return [line.strip() for line in (text or "").splitlines() if line.strip()]


# -- the content of a kind of record ---------------------------------------------------------------


def content_of(doctype: str) -> list[str]:
	"""Return the fields of a DocType that any form asks for or has asked for.

	They are frozen once the record is handed in, and kept when a form no longer asks for them.
	"""
	return frappe.cache.get_value(CACHE, _content).get(doctype, [])


def _content() -> dict[str, list[str]]:
	rows = [*standard(), *frappe.get_all("Kyodo Form Field", fields=["form", "fieldname"], distinct=True, order_by="form, fieldname")]
	rows += [frappe._dict(form=form, fieldname=name) for form, names in FURTHER.items() for name in names]
	rows += [frappe._dict(form="Proposal", fieldname=name) for name in (CONTINUED, *_asked_by_calls())]
	for rules in frappe.get_all(VERSION, pluck="rules", order_by="creation"):
		rows += [frappe._dict(row) for row in json.loads(rules).get("form_fields", ())]
	found = {doctype: {} for doctype in FORMS.values()}
	for row in rows:
		found[FORMS[row.form]][row.fieldname] = True
	return {doctype: list(names) for doctype, names in found.items()}


def _asked_by_calls() -> list[str]:
	questions = {"parenttype": "Kyodo Call", "asked": ["!=", NOT_ASKED]}
	return frappe.get_all("Kyodo Call Question", questions, pluck="fieldname", distinct=True, order_by="fieldname")


def forget_content():
	"""Clear the cache of `content_of` now and after the transaction: other processes may fill it with old values meanwhile."""
	term.forget_long_calls()
	frappe.cache.delete_value(CACHE)
	frappe.db.after_commit.add(_forget_content)
	frappe.db.after_rollback.add(_forget_content)


def _forget_content():
	frappe.cache.delete_value(CACHE)


# -- the form that a programme begins with -----------------------------------------------------------


@cache
def _standard_file() -> dict[str, list[dict]]:
	return json.loads(Path(__file__).with_name("forms.json").read_text(encoding="utf-8"))


def standard() -> list[dict]:
	"""Return the rows of forms.json with their defaults."""
	shown = (PORTAL, PAPER, EXCEL, REVIEW)
	return [
		frappe._dict({"form": form, **{place: int(place in PLACES_OF[form]) for place in shown}, **row})
		for form, rows in _standard_file().items()
		for row in rows
	]


def standard_names(doctype: str) -> list[str]:
	"""Return the fields of a DocType that the app's own form asks for."""
	return [row.fieldname for row in standard() if FORMS[row.form] == doctype]


def completed(rows: Iterable[dict]) -> list[dict]:
	"""Return the standard rows with the changes of `rows` (form, fieldname and what differs).

	`rows` may add fields, and reorder a step by naming all of its fields.
	"""
	own = {(row["form"], row["fieldname"]): row for row in rows}
	known = {(row.form, row.fieldname): row for row in standard()}
	merged = {key: frappe._dict({**known.get(key, {}), **own.get(key, {})}) for key in {**known, **own}}
	found = []
	for place in dict.fromkeys((row.form, row.step) for row in merged.values()):
		of_step = [key for key, row in merged.items() if (row.form, row.step) == place]
		if all(key in own for key in of_step):
			of_step = [key for key in own if key in of_step]
		found += [merged[key] for key in of_step]
	return found


def rows_from_former_tables(sheet_parts: list[dict], registration_items: list[dict]) -> list[dict]:
	"""Return the form rows for the tables in which earlier versions declared the sheet and the registration."""
	parts = [_former_row("Proposal", row, ("label_text", "help_text", "criterion", "basis")) for row in sheet_parts]
	items = [_former_row("Organisation", row, ("basis",)) for row in registration_items]
	rows = completed([*parts, *items])
	position = next((number for number, row in enumerate(rows) if row.step == "Sheet"), len(rows))
	complete_rows = [row for row in rows if not (row.form == "Proposal" and row.step == "Sheet")]
	proposal_rows = {row.fieldname: row for row in rows if row.form == "Proposal"}
	complete_rows[position:position] = [proposal_rows[row["fieldname"]] for row in parts]
	return [dict(row) for row in complete_rows]


def _former_row(form: str, row: dict, columns: tuple[str, ...]) -> dict:
	values = {column: row[column] for column in columns if row.get(column)}
	return {"form": form, "fieldname": row["field"], "required": cint(row.get("required")), **values}


def step_names(form: str) -> list[str]:
	"""The steps of a form, as addresses name them."""
	return list(dict.fromkeys(row["step"].lower() for row in _standard_file()[form]))
