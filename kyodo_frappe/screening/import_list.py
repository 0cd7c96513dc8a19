"""A section's services as an Excel list: a template to download, and drafts from the filled-in list."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe
import openpyxl
from frappe import _
from frappe.model.document import Document
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from kyodo_frappe.common import typed_input, workbooks
from kyodo_frappe.common.errors import InputMissing, InvalidChoice, UnreadableList
from kyodo_frappe.common.language import RECORD_LANGUAGE, Translated, _lt
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.people import sections_of
from kyodo_frappe.permissions.roles import OFFICER, SECTION, require
from kyodo_frappe.proposals import drafts
from kyodo_frappe.rules import sheets
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.screening import screenings as screening
from kyodo_frappe.screening.errors import ListHasErrors
from kyodo_frappe.web.typed_values import parse

# headings in the order of the list; the programme's questions follow
HEADINGS = Translated(
	{
		"service_name": _lt("Service (heading of the list)"),
		"section": _lt("Section"),
		"kind": _lt("Kind of service"),
		"plan_or_policy": _lt("Plan or policy"),
		"cost": _lt("Cost of a year (yen)"),
		"people_served": _lt("People served (number)"),
		"staff_hours": _lt("Staff hours"),
		"description": _lt("What the service is"),
		"present_partners": _lt("Current partners"),
		"deadline_pressure": _lt("Why time or content is fixed"),
	}
)
REQUIRED = ("service_name",)
WIDTHS = {"service_name": 28, "description": 44, "present_partners": 28, "deadline_pressure": 28}
KINDS = Translated({kind: kind for kind in (_lt("Existing Service"), _lt("New Service"), _lt("Revised Service"))})
ANSWERS = Translated({"Yes": _lt("Yes"), "Partly": _lt("In part"), "No": _lt("No")})
BLANK_ROWS = 100
MOST_ROWS = 500


@dataclass
class Row:
	"""One service of a list: row number of the sheet, values, answers by question code, and sentences on what is wrong."""

	number: int
	values: dict = field(default_factory=dict)
	answers: dict[str, str] = field(default_factory=dict)
	wrong: list[str] = field(default_factory=list)


@frappe.whitelist(methods=["GET"])
def template(programme: str, fiscal_year: int) -> None:
	"""Send the empty list as an Excel file. Raises PermissionError for others than sections and the office."""
	require(OFFICER, SECTION)
	programme_visibility.check_visible(programme)
	content = workbooks.as_bytes(_blank_workbook(frappe.get_cached_doc("Kyodo Programme", programme), fiscal_year))
	workbooks.respond(content, f"{_('Screening of services', lang=RECORD_LANGUAGE)}_{era_year(fiscal_year)}.xlsx")


@frappe.whitelist(methods=["POST"])
def check(programme: str, fiscal_year: int) -> dict:
	"""Check an uploaded list without storing anything.

	Returns {"rows": [{number, service_name, section}], "errors": [sentences]}. Raises PermissionError, UnreadableList,
	ValidationError for a file that cannot be read.
	"""
	rows = _read(programme, fiscal_year)
	return _outcome(rows, programme, fiscal_year)


@frappe.whitelist(methods=["POST"])
def make(programme: str, fiscal_year: int, leave_out_errors: int = 0) -> dict:
	"""Create drafts from an uploaded list; returns the result of `check` with "made": [names].

	Raises ListHasErrors if rows are wrong and not to be left out, otherwise as `check`.
	"""
	rows = _read(programme, fiscal_year)
	result = _outcome(rows, programme, fiscal_year)
	if result["errors"] and not leave_out_errors:
		frappe.throw(
			"<br>".join(frappe.utils.escape_html(line) for line in result["errors"]), exc=ListHasErrors, title=_("Nothing was created")
		)
	made = [_new_screening(row, programme, fiscal_year).insert().name for row in rows if not row.wrong]
	return {**result, "made": made}


def _outcome(rows: list[Row], programme: str, year: int) -> dict:
	good = []
	for row in rows:
		if not row.wrong:
			_validate(row, programme, year)
		if not row.wrong:
			good.append({"number": row.number, **{key: row.values.get(key) for key in ("service_name", "section")}})
	errors = [_("Row {0}: {1}").format(row.number, sentence) for row in rows for sentence in row.wrong]
	return {"rows": good, "errors": errors}


def _validate(row: Row, programme: str, year: int):
	"""Insert a row and roll back, so that the record's own rules are applied."""
	point = "kyodo_screening_row"
	frappe.db.savepoint(point)
	said = len(frappe.local.message_log)
	try:
		_new_screening(row, programme, year).insert()
	except drafts.REFUSALS as error:
		row.wrong.append(drafts.error_message(error))
		del frappe.local.message_log[said:]
	finally:
		frappe.db.rollback(save_point=point)


def _new_screening(row: Row, programme: str, year: int) -> Document:
	doc = frappe.new_doc(screening.DOCTYPE)
	doc.update({"kind": "Existing Service", **row.values, "programme": programme, "fiscal_year": year})
	asked = frappe.get_cached_doc("Kyodo Programme", programme).screening_questions
	doc.set("answers", [{"answer": row.answers.get(question.code)} for question in asked])
	return doc


# -- reading ------------------------------------------------------------------------------------


def _read(programme: str, year: int) -> list[Row]:
	require(OFFICER, SECTION)
	programme_visibility.check_visible(programme)
	rules = frappe.get_doc("Kyodo Programme", programme)
	book = workbooks.read(workbooks.uploaded_file())
	name = next((name for name in book.names() if sheets.key_of(name) == sheets.key_of(_sheet_name())), book.names()[0])
	cells = workbooks.first_rows(book, name)
	questions = {f"question:{row.code}": row.question for row in rules.screening_questions}
	layout = sheets.find_layout(cells, {**HEADINGS, **questions}) or sheets.find_layout(cells, HEADINGS)
	if layout is None or "service_name" not in layout.columns:
		frappe.throw(
			_("The headings were not found. Please use the list downloaded here, whose first column is “{0}”.").format(
				HEADINGS["service_name"]
			),
			exc=UnreadableList,
		)
	rows = [
		_row(number, sheets.row_texts(line, layout), rules, year)
		for number, line in enumerate(cells[layout.header + 1 :], layout.header + 2)
		if any(sheets.row_texts(line, layout).values())
	]
	if not rows:
		frappe.throw(_("The list has no rows below the headings."), exc=UnreadableList)
	if len(rows) > MOST_ROWS:
		frappe.throw(_("There are at most {0} rows.").format(MOST_ROWS), exc=UnreadableList)
	_mark_duplicates(rows, programme, year)
	return rows


def _row(number: int, texts: dict[str, str], rules: Document, year: int) -> Row:
	row = Row(number)
	for key, text in texts.items():
		try:
			if key.startswith("question:"):
				row.answers[key[9:]] = sheets.match_option(_question(rules, key[9:]), text, ANSWERS)
			else:
				row.values[key] = _value(key, text)
		except RuleError as wrong:
			row.wrong.append(_(wrong.source).format(*wrong.args_))
		except frappe.ValidationError as wrong:
			row.wrong.append(drafts.error_message(wrong))
	row.wrong += [_("{0} is empty.").format(HEADINGS[key]) for key in REQUIRED if not texts.get(key)]
	return row


def _value(key: str, text: str):
	if key == "kind":
		return sheets.match_option(HEADINGS[key], text, KINDS) or "Existing Service"
	if key == "section":
		return _section(text)
	df = frappe.get_meta(screening.DOCTYPE).get_field(key)
	if typed_input.is_read(df):
		typed_input.read(df, text, HEADINGS[key])  # a refusal names the heading of the sheet
	return parse(df, text)


def _section(text: str) -> str:
	"""The section named in a cell; if empty, the only section of the user. Raises ValidationError."""
	own = sections_of(frappe.session.user)
	if not text:
		if only := screening.own_section():
			return only
		frappe.throw(_("{0} is empty.").format(HEADINGS["section"]), InputMissing)
	names = frappe.get_all("Kyodo Section", {"disabled": 0}, pluck="name", order_by="name")
	found = next((name for name in names if sheets.key_of(name) == sheets.key_of(text)), None)
	if not found:
		frappe.throw(_("There is no section “{0}”.").format(text), InvalidChoice)
	if OFFICER not in frappe.get_roles() and found not in own:
		frappe.throw(_("“{0}” is not your section.").format(found), InvalidChoice)
	return found


def _question(rules: Document, code: str) -> str:
	return next(row.question for row in rules.screening_questions if row.code == code)


def _mark_duplicates(rows: list[Row], programme: str, year: int):
	known = screening.entered_services(programme, year)
	seen: dict[tuple, int] = {}
	for row in rows:
		key = (row.values.get("section"), screening.service_key(row.values.get("service_name")))
		if not all(key):
			continue
		if key in known:
			row.wrong.append(
				_("“{0}” of {1} has already been entered for {2}: {3}.").format(
					row.values["service_name"], key[0], era_year(year), known[key]
				)
			)
		elif key in seen:
			row.wrong.append(_("This is the same service as in row {0}.").format(seen[key]))
		else:
			seen[key] = row.number


# -- the blank list -------------------------------------------------------------------------------


def _sheet_name() -> str:
	return _("List of services", lang=RECORD_LANGUAGE)


def _blank_workbook(rules: Document, year: int) -> openpyxl.Workbook:
	book = openpyxl.Workbook()
	sheet = book.active
	sheet.title = _sheet_name()
	questions = [(row.question, row.direction) for row in rules.screening_questions]
	workbooks.write_cell(
		sheet,
		1,
		1,
		_("{0}: screening of services for kyodo, {1}", lang=RECORD_LANGUAGE).format(rules.municipality_name, era_year(year)),
		size=14,
		border=False,
	)
	workbooks.write_cell(
		sheet,
		2,
		1,
		_("Please enter one service per row, and do not change the row of headings.", lang=RECORD_LANGUAGE),
		locked=True,
		border=False,
	)
	headings = [*HEADINGS.values(), *(question for question, _direction in questions)]
	for column, heading in enumerate(headings, 1):
		workbooks.write_cell(sheet, 3, column, heading, head=True)
		letter = openpyxl.utils.get_column_letter(column)
		sheet.column_dimensions[letter].width = WIDTHS.get(list(HEADINGS)[column - 1], 16) if column <= len(HEADINGS) else 22
		for row in range(4, 4 + BLANK_ROWS):
			workbooks.write_cell(sheet, row, column, None)
	_add_choices_to_columns(sheet, len(questions))
	_set_up_page(sheet)
	workbooks.protect(sheet)
	return book


def _add_choices_to_columns(sheet: Worksheet, questions: int):
	last = 3 + BLANK_ROWS
	_add_choices(sheet, list(HEADINGS).index("kind") + 1, KINDS.values(), last)
	for number in range(questions):
		_add_choices(sheet, len(HEADINGS) + number + 1, ANSWERS.values(), last)


def _set_up_page(sheet: Worksheet):
	for cell in ("A1", "A2"):
		sheet[cell].alignment = openpyxl.styles.Alignment(wrap_text=False)
	sheet.row_dimensions[3].height = 60
	sheet.freeze_panes = "B4"
	sheet.page_setup.orientation, sheet.page_setup.fitToWidth = "landscape", 1
	sheet.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)
	sheet.page_setup.fitToHeight = 0


def _add_choices(sheet: Worksheet, column: int, options: Iterable[str], last: int):
	letter = openpyxl.utils.get_column_letter(column)
	validation = DataValidation(type="list", formula1='"{}"'.format(",".join(options)), allow_blank=True)
	validation.error, validation.errorTitle = _("Please choose from the list.", lang=RECORD_LANGUAGE), _("To choose", lang=RECORD_LANGUAGE)
	sheet.add_data_validation(validation)
	validation.add(f"{letter}4:{letter}{last}")
