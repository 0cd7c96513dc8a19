"""Setting a programme up: from a preset or another city's file, with answers, the calendar they make, and the people.

Nothing is stored before `set_up`: the page sends preset and answers with every request.
"""

import re
from copy import deepcopy

import frappe
from frappe import _

from kyodo_frappe.common import request_json, typed_input
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.common.queries import among
from kyodo_frappe.programme import call_rules, opening, presets, setup_tables
from kyodo_frappe.programme import file as programme_file
from kyodo_frappe.programme import year as programme_year
from kyodo_frappe.programme.errors import ForeignCityName, InvalidSetupAnswer, ProgrammeExists
from kyodo_frappe.programme.setup_answers import ALWAYS, VALUES, at, parse, question, refuse_unknown, refused_beside
from kyodo_frappe.rules.era import in_year

PROGRAMME = "Kyodo Programme"
# {group: fields of the programme}; everything else is in the programme's own form
QUESTIONS = {
	"names": (
		*("programme_name", "municipality_name", "municipality_code", "mayor_title", "mayor_name"),
		*("office_section", "entrance_name", "committee_name", "support_centre_name"),
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
	"table": ("quorum_rule", "quorum_without_chair", "balance_tolerance", "substitutes_allowed", "minutes_checked_by"),
	"partnership": (
		*("agreement_optional", "change_threshold", "advance_most", "counts_from_decision", "voucher_required", "deduct_income"),
		*("years", "next_year_after", "evaluation_scale", "reason_below"),
	),
	"services": ("internal_review", "theme_from_screening"),
	"texts": ("invitation", "definition", "purpose", "how_to"),
}
# {question asked once for all letters: column of the programme's letters}
LETTER_QUESTIONS = {"letter_prefix": "prefix"}
# what the source's texts are renamed by
NAMES = ("municipality_name", "office_section", "entrance_name", "committee_name", "support_centre_name")
PARTS = (VALUES, *setup_tables.TABLES)
MAX_NAME = 140


@frappe.whitelist(methods=["GET"])
def presets_to_choose() -> list[dict]:
	"""[{name, title, municipality, about, source}] of the presets that come with the app. Raises PermissionError."""
	presets.check_may_load()
	return [_card(name, presets.read_preset(name)) for name in presets.preset_names()]


@frappe.whitelist(methods=["POST"])
def begin(preset: str = "", file: str = "") -> dict:
	"""Return the questions of the page, with the answers of a preset or of another city's file.

	{groups: [{title, fields: questions}], tables: as `setup_tables.describe`}. Raises PermissionError, ValidationError.
	"""
	source = _read_source(preset, file)
	programme = source["programme"]
	return {"groups": [*_questions(programme), *_questions_of_letters(programme)], "tables": setup_tables.describe(source)}


def _questions(programme: dict) -> list[dict]:
	bases = {row["rule"]: row["basis"] for row in programme.get("bases", [])}
	meta = frappe.get_meta(PROGRAMME)
	headings = _headings()
	return [
		{"title": headings[group], "fields": [question(meta.get_field(field), programme, bases) for field in fields]}
		for group, fields in QUESTIONS.items()
	]


@frappe.whitelist(methods=["POST"])
def look(fiscal_year: int | str, answers: str, preset: str = "", file: str = "") -> list[dict]:
	"""Return the calendar that the answers make for a fiscal year, without saving.

	A refusal says where on the page it belongs (`setup_answers.PLACE`). Raises PermissionError, ValidationError.
	"""
	source, typed = _read_source(preset, file), _parse_answers(answers)
	year = _year(fiscal_year)
	return refused_beside(typed, lambda given: _calendar(source, given, year))


def _year(typed: int | str) -> int:
	with at("year", "", ""):
		return typed_input.fiscal_year(typed)


def _calendar(source: dict, typed: dict, fiscal_year: int) -> list[dict]:
	doc = frappe.get_doc({"doctype": PROGRAMME, **_apply_answers(source, typed, fiscal_year)[0]["programme"]})
	doc.validate()
	return programme_year.describe(programme_year.year_of(doc, fiscal_year))


@frappe.whitelist(methods=["GET"])
def name_in_year(programme_name: str, fiscal_year: int | str) -> str:
	"""Return the name of a programme for a fiscal year. Raises PermissionError, ValidationError."""
	presets.check_may_load()
	with translate_rule_errors():
		return in_year(str(programme_name or ""), typed_input.fiscal_year(fiscal_year))


@frappe.whitelist(methods=["POST"])
def set_up(fiscal_year: int | str, answers: str, preset: str = "", file: str = "", make_year: bool = True) -> dict:
	"""Create a draft programme from the answers, with sections, committees and pages, and if asked the calls and events of the year.

	Returns {programme, calls, titles: {call: its name}, events, seats: [{name, label}], sections}. Raises PermissionError, ProgrammeExists, InvalidSetupAnswer,
	ForeignCityName.
	"""
	unanswered, typed, year = _read_source(preset, file), _parse_answers(answers), _year(fiscal_year)
	refused_beside(typed, lambda given: _calendar(unanswered, given, year))
	source, answered = _apply_answers(unanswered, typed, year)
	if preset and not frappe.db.exists(PROGRAMME, {"preset": preset}):
		programme = presets.apply(preset, source, answered, draft=True)
	else:
		programme = programme_file.create(source)
	doc = frappe.get_doc(PROGRAMME, programme)
	calls = programme_year.make_calls(programme, year) if make_year and doc.call_plan else []
	return {
		"programme": programme,
		"calls": calls,
		"titles": {name: frappe.db.get_value("Kyodo Call", name, "call_name") for name in calls},
		"events": programme_year.make_events(programme, year) if make_year and doc.event_plan else [],
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


def _questions_of_letters(programme: dict) -> list[dict]:
	meta, rows = frappe.get_meta("Kyodo Letter Numbering"), programme.get("letter_numbering", [])
	if not rows:
		return []
	fields = [{**question(meta.get_field(column), rows[0], {}), "fieldname": name} for name, column in LETTER_QUESTIONS.items()]
	return [{"title": _("Letters"), "fields": fields}]


def _apply_answers(source: dict, typed: dict, fiscal_year: int) -> tuple[dict, set[str]]:
	"""(the source with the answers applied, fields of the programme that differ from the source)

	typed: {values: {fieldname: value}, part of `setup_tables.TABLES`: {row: {column: value}}}.
	"""
	result = deepcopy(source)
	programme, values = result["programme"], dict(typed[VALUES])
	letter_answers = {LETTER_QUESTIONS[name]: str(values.pop(name) or "").strip() for name in LETTER_QUESTIONS if name in values}
	refuse_unknown(set(values) - {field for fields in QUESTIONS.values() for field in fields})
	for field, value in values.items():
		with at(VALUES, "", field):
			programme[field] = parse(PROGRAMME, field, value)
	setup_tables.apply(result, typed)
	_check_names(programme, fiscal_year)
	_name_letters(programme, letter_answers, source["programme"])
	_name_city(result, source["programme"])
	return result, {key for key, value in programme.items() if value != source["programme"].get(key, [] if value == [] else None)}


def _check_names(programme: dict, fiscal_year: int):
	"""Raises InvalidSetupAnswer for a name that is missing, ProgrammeExists for one that the site has already."""
	programme["programme_name"] = str(programme.get("programme_name") or "").strip()[:MAX_NAME]
	for field in ALWAYS:
		with at(VALUES, "", field):
			if not str(programme.get(field) or "").strip():
				frappe.throw(_("Please give the programme and the municipality a name."), exc=InvalidSetupAnswer)
	with translate_rule_errors():
		_follow_year(programme, fiscal_year)
	name = programme["programme_name"]
	with at(VALUES, "", ALWAYS[0]):
		if frappe.db.exists(PROGRAMME, name):
			frappe.throw(_("There is already a programme “{0}”. Please give the new one another name.").format(name), exc=ProgrammeExists)


def _name_letters(programme: dict, letter_answers: dict[str, str], source: dict):
	"""Set the prefix of all letters. Another city's prefix is reset, as it would be on the letters for years."""
	is_other_city = programme["municipality_name"] != source.get("municipality_name")
	for row in programme.get("letter_numbering", []):
		row.update({column: text for column, text in letter_answers.items() if text})
		if is_other_city and row.get("prefix") in {other.get("prefix") for other in source.get("letter_numbering", [])}:
			row["prefix"] = frappe.get_meta("Kyodo Letter Numbering").get_field("prefix").default


def _name_city(source: dict, before: dict):
	"""Replace the source's names of city, office and committee by the answered ones in all texts: committees, pages, letters, clauses.

	before: the programme of the source. Raises ForeignCityName where a text still contains a blank or the name of another city.
	"""
	programme = source["programme"]
	names = {field: (programme.get(field) or "").strip() for field in NAMES}
	known = {before.get(field): name for field, name in names.items() if before.get(field) and name and before[field] not in name}
	words = re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True))) or "(?!)")

	def renamed(value):
		if isinstance(value, dict):
			return {key: part if key in opening.SOURCE_FIELDS else renamed(part) for key, part in value.items()}
		if isinstance(value, list):
			return [renamed(part) for part in value]
		return words.sub(lambda found: known[found[0]], value) if isinstance(value, str) else value

	unchanged = {field: name for field, name in names.items() if name != before.get(field)}
	programme.update(renamed(programme) | unchanged)
	for part in ("sections", "committees", "pages"):
		source[part] = renamed(source.get(part, []))
	for label, name in opening.foreign_texts(source, opening.foreign_names(names["municipality_name"], before.get("municipality_name"))):
		frappe.throw(opening.foreign_text_sentence(label, name), exc=ForeignCityName)


def _follow_year(programme: dict, fiscal_year: int):
	"""Set the year that is set up in names that contain one."""
	programme["programme_name"] = in_year(programme["programme_name"], fiscal_year)
	for table, column in (("call_plan", "call_name"), ("event_plan", "event_name")):
		for row in programme.get(table, []):
			row[column] = in_year(row.get(column) or "", fiscal_year)


def _parse_answers(answers: str) -> dict:
	"""{part: its answers}, with every part of PARTS. Raises InvalidSetupAnswer, and ValidationError for what is no plain value."""
	given = frappe.parse_json(answers) if answers else {}
	if not isinstance(given, dict) or set(given) - set(PARTS):
		frappe.throw(_("These changes cannot be read. Please reload the page."), exc=InvalidSetupAnswer)
	tables = {part: request_json.nested_values(given.get(part)) for part in setup_tables.TABLES}
	return {VALUES: request_json.values(given.get(VALUES)), **tables}


def _vacant_seats(programme: str) -> list[dict]:
	"""[{name, label}] of the seats of committees without a user."""
	committees = dict(
		frappe.get_all("Kyodo Committee", {"programme": programme}, ["name", "committee_name"], as_list=True, order_by="creation")
	)
	rows = frappe.get_all(
		"Kyodo Committee Member",
		{"parenttype": "Kyodo Committee", "parent": among(list(committees)), "user": ["is", "not set"]},
		["name", "parent", "member_name", "side", "position"],
		order_by="parent, idx",
	)
	label = lambda row: f"{committees[row.parent]}　{row.position or row.member_name}（{_(row.side)}）"
	return [{"name": row.name, "label": label(row)} for row in rows]
