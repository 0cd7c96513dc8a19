"""Setting a programme up: from a preset or another city's file, with answers, the calendar they make, and the people.

Nothing is stored before `set_up`: the page sends preset and answers with every request.
"""

from copy import deepcopy

import frappe
from frappe import _
from frappe.utils import cint

from kyodo_frappe.common import request_json, typed_input, vocabulary
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.programme import call_rules, opening, presets
from kyodo_frappe.programme import file as programme_file
from kyodo_frappe.programme import year as programme_year
from kyodo_frappe.programme.errors import ForeignCityName, InvalidSetupAnswer, ProgrammeExists
from kyodo_frappe.rules.era import in_year

PROGRAMME = "Kyodo Programme"
# {group: fields of the programme}; everything else is in the programme's own form
QUESTIONS = {
	"names": (
		*("programme_name", "municipality_name", "municipality_code"),
		*("entrance_name", "committee_name", "support_centre_name"),
	),
	"who": ("accepts_organisation", "accepts_city", "accepts_joint", "registration_required", "registration_years"),
	"handing_in": (
		*("closing_hour", "advice_required", "one_per_year", "most_times", "most_times_project"),
		*call_rules.CONDITIONS,
	),
	"decision": (
		*("consultation_required", "public_presentation", "two_step_decision", "budget_vote"),
		*("marked_steps", "counted_as", "pass_mark", "pass_mark_percent", "whole_points", "leave_out_extremes"),
		*("criterion_comments", "publish_scores", "points_per_item", "comments_in_letters", "publish_weights"),
	),
	"table": ("quorum_rule", "quorum_without_chair", "balance_tolerance", "substitutes_allowed", "meetings_per_year", "minutes_checked_by"),
	"partnership": ("agreement_optional", "change_threshold", "advance_most", "deduct_income", "evaluation_scale", "reason_below"),
	"services": ("internal_review", "theme_from_screening"),
	"texts": ("invitation", "definition", "purpose", "how_to"),
}
# {question asked once for all letters: column of the programme's letters}
LETTER_QUESTIONS = {"letter_sender": "sender", "letter_prefix": "prefix"}
DEADLINE_COLUMNS = ("month", "day", "months", "days")
CALL_COLUMNS = (
	*("call_name", "opens_month", "opens_day", "closes_month", "closes_day"),
	*("ceiling", "rate", "frame", "years", "one_per_organisation"),
	*call_rules.PLANNED,
)
MEETING_COLUMNS = ("month", "day", "begins_at")
MAX_NAME = 140


@frappe.whitelist(methods=["GET"])
def presets_to_choose() -> list[dict]:
	"""[{name, title, municipality, about, source}] of the presets that come with the app. Raises PermissionError."""
	presets.check_may_load()
	return [_card(name, presets.read_preset(name)) for name in presets.preset_names()]


@frappe.whitelist(methods=["POST"])
def begin(preset: str = "", file: str = "") -> dict:
	"""Return the questions of the page, with the answers of a preset or of another city's file.

	{groups: [{title, fields: [{fieldname, label, fieldtype, options, description, value, basis}]}], deadlines, calls, meetings, forms: rows
	with their own columns, call_rules: fields as in a group, for each call}. Raises PermissionError, ValidationError.
	"""
	programme = _read_source(preset, file)["programme"]
	return {
		"groups": [*_questions(programme), *_questions_of_letters(programme)],
		"deadlines": [
			{**_columns(row, ("code", "kind", *DEADLINE_COLUMNS)), "label": row["label_text"], "basis": row.get("basis")}
			for row in programme.get("deadline_rules", [])
		],
		"calls": [
			{**_columns(row, CALL_COLUMNS), "call_type": programme_year.kind_of_call(row["call_type"])}
			for row in programme.get("call_plan", [])
		],
		"call_rules": _rules_of_calls(),
		"meetings": [
			{**_columns(row, (*MEETING_COLUMNS, "topic")), "label": vocabulary.word(vocabulary.MEETING_TYPE, row["meeting_type"])}
			for row in programme.get("meeting_plan", [])
		],
		"forms": [_columns(row, ("code", "form_name", "description")) for row in programme.get("forms", [])],
	}


def _rules_of_calls() -> list[dict]:
	"""The questions about the rules of its own that a planned call may have."""
	meta = frappe.get_meta("Kyodo Call Plan")
	return [_question(meta.get_field(field), {}, {}) for field in call_rules.PLANNED]


def _columns(row: dict, columns: tuple[str, ...]) -> dict:
	return {column: row.get(column) for column in columns}


def _questions(programme: dict) -> list[dict]:
	bases = {row["rule"]: row["basis"] for row in programme.get("bases", [])}
	meta = frappe.get_meta(PROGRAMME)
	headings = _headings()
	return [
		{"title": headings[group], "fields": [_question(meta.get_field(field), programme, bases) for field in fields]}
		for group, fields in QUESTIONS.items()
	]


@frappe.whitelist(methods=["POST"])
def look(fiscal_year: int, answers: str, preset: str = "", file: str = "") -> list[dict]:
	"""Return the calendar that the answers make for a fiscal year, without saving. Raises PermissionError, ValidationError."""
	doc = frappe.get_doc({"doctype": PROGRAMME, **_apply_answers(_read_source(preset, file), answers, fiscal_year)[0]["programme"]})
	doc.validate()
	return programme_year.describe(programme_year.year_of(doc, cint(fiscal_year)))


@frappe.whitelist(methods=["GET"])
def name_in_year(programme_name: str, fiscal_year: int) -> str:
	"""Return the name of a programme for a fiscal year. Raises PermissionError, ValidationError."""
	presets.check_may_load()
	with translate_rule_errors():
		return in_year(str(programme_name or ""), cint(fiscal_year))


@frappe.whitelist(methods=["POST"])
def set_up(fiscal_year: int, answers: str, preset: str = "", file: str = "", make_year: bool = True) -> dict:
	"""Create a draft programme from the answers, with sections, committees and pages, and if asked the calls and events of the year.

	Returns {programme, calls, events, seats: [{name, label}], sections}. Raises PermissionError, ProgrammeExists, InvalidSetupAnswer,
	ForeignCityName.
	"""
	source, answered = _apply_answers(_read_source(preset, file), answers, fiscal_year)
	name = source["programme"]["programme_name"]
	if frappe.db.exists(PROGRAMME, name):
		frappe.throw(_("There is already a programme “{0}”. Please give the new one another name.").format(name), exc=ProgrammeExists)
	if preset and not frappe.db.exists(PROGRAMME, {"preset": preset}):
		programme = presets.apply(preset, source, answered, draft=True)
	else:
		programme = programme_file.create(source)
	doc = frappe.get_doc(PROGRAMME, programme)
	return {
		"programme": programme,
		"calls": programme_year.make_calls(programme, cint(fiscal_year)) if make_year and doc.call_plan else [],
		"events": programme_year.make_events(programme, cint(fiscal_year)) if make_year and doc.event_plan else [],
		"seats": _vacant_seats(programme),
		"sections": [row["section_name"] for row in source.get("sections", [])],
	}


def _read_source(preset: str, file: str) -> dict:
	presets.check_may_load()
	return programme_file.read(file) if file else presets.read_preset(preset)


def _card(name: str, preset: dict) -> dict:
	programme = preset["programme"]
	return {
		"name": name,
		"title": programme["programme_name"],
		"municipality": programme.get("municipality_name") or "",
		"about": preset.get("about") or (programme.get("purpose") or "").split("\n")[0],
		"source": programme.get("source") or preset.get("source") or "",
	}


def _headings() -> dict[str, str]:
	return {
		"names": _("Names"),
		"who": _("Who Proposes"),
		"handing_in": _("Handing In"),
		"decision": _("How It Is Decided"),
		"table": _("The Table"),
		"partnership": _("Partnership"),
		"services": _("Services of the City"),
		"texts": _("Texts"),
	}


def _question(df, programme: dict, bases: dict) -> dict:
	value = programme.get(df.fieldname)
	return {
		"fieldname": df.fieldname,
		"label": _(df.label),
		"fieldtype": df.fieldtype,
		"options": df.options if df.fieldtype == "Select" else "",
		"description": _(df.description) if df.description else "",
		"value": df.default if value is None else value,
		"basis": bases.get(df.fieldname, ""),
	}


def _questions_of_letters(programme: dict) -> list[dict]:
	meta, rows = frappe.get_meta("Kyodo Letter Numbering"), programme.get("letter_numbering", [])
	if not rows:
		return []
	fields = [{**_question(meta.get_field(column), rows[0], {}), "fieldname": name} for name, column in LETTER_QUESTIONS.items()]
	return [{"title": _("Letters"), "fields": fields}]


def _apply_answers(source: dict, answers: str, fiscal_year: int) -> tuple[dict, set[str]]:
	"""(the source with the answers applied, fields of the programme that differ from the source)

	answers: {values: {fieldname: value}, deadlines: {code: {column: value}}, calls, meetings: {row number: {column: value}}, forms: {code:
	kept or not}}.
	"""
	typed = _parse_answers(answers)
	result = deepcopy(source)
	programme = result["programme"]
	questions = {field for fields in QUESTIONS.values() for field in fields}
	letter_answers = {
		LETTER_QUESTIONS[name]: str(typed["values"].pop(name) or "").strip() for name in LETTER_QUESTIONS if name in typed["values"]
	}
	_refuse_unknown(set(typed["values"]) - questions)
	programme.update({field: _parse(PROGRAMME, field, value) for field, value in typed["values"].items()})
	_fill_rows(programme.get("deadline_rules", []), "code", typed["deadlines"], "Kyodo Deadline Rule", DEADLINE_COLUMNS)
	_fill_rows(programme.get("call_plan", []), None, typed["calls"], "Kyodo Call Plan", CALL_COLUMNS)
	_fill_rows(programme.get("meeting_plan", []), None, typed["meetings"], "Kyodo Meeting Plan", MEETING_COLUMNS)
	_choose_forms(programme, typed["forms"])
	programme["programme_name"] = str(programme.get("programme_name") or "").strip()[:MAX_NAME]
	if not programme["programme_name"] or not str(programme.get("municipality_name") or "").strip():
		frappe.throw(_("Please give the programme and the municipality a name."), exc=InvalidSetupAnswer)
	with translate_rule_errors():
		_follow_year(programme, cint(fiscal_year))
	_name_letters(programme, letter_answers, source["programme"])
	_name_city(result, source["programme"].get("municipality_name"))
	return result, {key for key in programme if programme[key] != source["programme"].get(key)}


def _name_letters(programme: dict, letter_answers: dict[str, str], source: dict):
	"""Set sender and prefix of all letters. Another city's prefix is reset, as it would be on the letters for years."""
	is_other_city = programme["municipality_name"] != source.get("municipality_name")
	for row in programme.get("letter_numbering", []):
		row.update({column: text for column, text in letter_answers.items() if text})
		if is_other_city and row.get("prefix") in {other.get("prefix") for other in source.get("letter_numbering", [])}:
			row["prefix"] = frappe.get_meta("Kyodo Letter Numbering").get_field("prefix").default


def _name_city(source: dict, before: str | None):
	"""Replace the source's city by the city's name in all texts: mayor, committees, pages, letters.

	Raises ForeignCityName where a text still contains a blank or the name of another city.
	"""
	city = source["programme"]["municipality_name"].strip()

	def renamed(value):
		if isinstance(value, dict):
			return {key: part if key in opening.SOURCE_FIELDS else renamed(part) for key, part in value.items()}
		if isinstance(value, list):
			return [renamed(part) for part in value]
		return value.replace(before, city) if isinstance(value, str) and before and before not in city else value

	source["programme"].update(renamed(source["programme"]))
	for part in ("sections", "committees", "pages"):
		source[part] = renamed(source.get(part, []))
	for label, name in opening.foreign_texts(source, opening.foreign_names(city, before)):
		frappe.throw(opening.foreign_text_sentence(label, name), exc=ForeignCityName)


def _follow_year(programme: dict, fiscal_year: int):
	"""Set the year that is set up in names that contain one."""
	programme["programme_name"] = in_year(programme["programme_name"], fiscal_year)
	for table, column in (("call_plan", "call_name"), ("event_plan", "event_name")):
		for row in programme.get(table, []):
			row[column] = in_year(row.get(column) or "", fiscal_year)


def _parse_answers(answers: str) -> dict:
	parts = frappe.parse_json(answers) if answers else {}
	names = ("values", "deadlines", "calls", "meetings", "forms")
	if not isinstance(parts, dict) or set(parts) - set(names):
		frappe.throw(_("These changes cannot be read. Please reload the page."), exc=InvalidSetupAnswer)
	plain = {name: request_json.values(parts.get(name)) for name in ("values", "forms")}
	return plain | {name: request_json.nested_values(parts.get(name)) for name in ("deadlines", "calls", "meetings")}


def _fill_rows(rows: list[dict], key: str | None, given: dict[str, dict], doctype: str, columns: tuple[str, ...]):
	"""Apply answers to the rows of a table, which are named by the column `key`, or by their number from 1."""
	for name, values in given.items():
		found = [row for n, row in enumerate(rows, 1) if (row[key] if key else str(n)) == name]
		_refuse_unknown(set() if found else {name})
		_refuse_unknown(set(values) - set(columns))
		found[0].update({column: _parse(doctype, column, value) for column, value in values.items()})


def _choose_forms(programme: dict, kept: dict):
	left_out = {code for code, wanted in kept.items() if not cint(wanted)}
	if not left_out:
		return
	programme["forms"] = [row for row in programme["forms"] if row["code"] not in left_out]
	programme["clauses"] = [row for row in programme.get("clauses", []) if row.get("form_code") not in left_out]
	if not programme["forms"]:
		frappe.throw(_("Please keep at least one form of collaboration."), exc=InvalidSetupAnswer)


def _parse(doctype: str, fieldname: str, value):
	"""The answer as its field stores it. Raises InvalidSetupAnswer, InvalidNumber."""
	df = frappe.get_meta(doctype).get_field(fieldname)
	if df.fieldtype in ("Int", "Check", "Float", "Percent", "Currency"):
		with translate_rule_errors():
			return _number(df, value)
	text = str(value or "").strip()
	if df.fieldtype == "Select" and text not in (df.options or "").split("\n"):
		frappe.throw(_("“{0}” cannot be “{1}”.").format(_(df.label), text), exc=InvalidSetupAnswer)
	return text


def _number(df, value) -> float | int:
	number = typed_input.read(df, value) if isinstance(value, str) and df.fieldtype != "Check" else value
	try:
		number = float(number or 0)
	except (TypeError, ValueError):
		number = -1.0
	typed_input.check_whole(df, number, _(df.label))
	if not 0 <= number < 1e12:
		frappe.throw(_("“{0}” has to be a number.").format(_(df.label)), exc=InvalidSetupAnswer)
	return int(number) if df.fieldtype in ("Int", "Check") else number


def _refuse_unknown(names: set[str]):
	if names:
		frappe.throw(_("The set-up does not ask for {0}. Please reload the page.").format(", ".join(sorted(names))), exc=InvalidSetupAnswer)


def _vacant_seats(programme: str) -> list[dict]:
	"""[{name, label}] of the seats of committees without a user."""
	committees = dict(
		frappe.get_all("Kyodo Committee", {"programme": programme}, ["name", "committee_name"], as_list=True, order_by="creation")
	)
	rows = frappe.get_all(
		"Kyodo Committee Member",
		{"parenttype": "Kyodo Committee", "parent": ["in", list(committees) or [""]], "user": ["is", "not set"]},
		["name", "parent", "member_name", "side", "position"],
		order_by="parent, idx",
	)
	label = lambda row: f"{committees[row.parent]}　{row.position or row.member_name}（{_(row.side)}）"
	return [{"name": row.name, "label": label(row)} for row in rows]
