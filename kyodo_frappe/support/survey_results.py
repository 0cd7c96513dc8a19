"""Results of surveys: answer rates, totals and the table of all sheets (domain.md §3: 国分寺市, 実態調査と公表)."""

import csv
import io

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils.xlsxutils import make_xlsx

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.errors import InvalidChoice
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.common.queries import NO_NAME, among
from kyodo_frappe.partnership import parties
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SUPPORT, require
from kyodo_frappe.rules import surveys as rules
from kyodo_frappe.rules.textkeys import safe_cell
from kyodo_frappe.support.surveys import ANSWERED, ORGANISATION, RESPONSE, SURVEY, questions_of


def rates(survey: str) -> list[dict]:
	"""Return [{organisation_type, asked, answered, rate}, …] of a survey; the last row, of type None, is the total."""
	sheet, organisation = frappe.qb.DocType(RESPONSE), frappe.qb.DocType(ORGANISATION)
	rows = (
		frappe.qb.from_(sheet)
		.join(organisation)
		.on(organisation.name == sheet.organisation)
		.select(organisation.organisation_type, sheet.state)
		.where(sheet.survey == survey)
		.orderby(organisation.organisation_type)
		.run(as_dict=True)
	)
	found = {}
	for row in rows:
		for kind in (row.organisation_type, None):
			counted = found.setdefault(kind, frappe._dict(organisation_type=kind, asked=0, answered=0))
			counted.asked += 1
			counted.answered += row.state == ANSWERED
	for row in found.values():
		row.rate = rules.rate(row.answered, row.asked)
	return [row for kind, row in found.items() if kind] + ([found[None]] if None in found else [])


def totals(survey: str, public: bool = False) -> list[dict]:
	"""Return the totals of the sheets that were handed in (rules/surveys.py). The caller has checked permissions."""
	sheets = list(_handed_in_answers(survey).values())
	return [frappe._dict(row) for row in rules.totals(questions_of(survey), sheets, public)]


def _handed_in_answers(survey: str) -> dict[str, dict[str, str]]:
	names = frappe.get_all(RESPONSE, {"survey": survey, "state": ANSWERED}, pluck="name", order_by="name")
	found = {name: {} for name in names}
	for row in frappe.get_all(
		"Kyodo Survey Answer",
		{"parenttype": RESPONSE, "parent": among(names)},
		["parent", "code", "answer"],
		order_by="parent, idx",
	):
		found[row.parent][row.code] = row.answer
	return found


@frappe.whitelist(methods=["GET"])
def download(survey: str, file_format: str = "xlsx") -> None:
	"""Download all sheets of a survey as xlsx or csv, without formulas, for the centre, the office and the manager.

	Raises PermissionError, and ValidationError for another format.
	"""
	require(SUPPORT, OFFICER, MANAGER)
	doc = parties.get_permitted(SURVEY, survey)
	if file_format not in ("xlsx", "csv"):
		frappe.throw(_("There is no such download."), InvalidChoice)
	rows = export_rows(doc)
	if file_format == "xlsx":
		content = make_xlsx(rows, _("Survey sheet", lang=RECORD_LANGUAGE)).getvalue()
	else:
		text = io.StringIO()
		csv.writer(text, lineterminator="\r\n").writerows(rows)
		content = text.getvalue().encode("utf-8-sig")
	frappe.response.filename = f"survey-{doc.name}.{file_format}"
	frappe.response.filecontent = content
	frappe.response.type = "binary"


def export_rows(survey: Document) -> list[list]:
	"""Return a heading in Japanese and one row for each organisation that was asked."""
	sheets = frappe.get_all(
		RESPONSE,
		{"survey": survey.name},
		["name", "organisation", "organisation_name", "state", "answered_on"],
		order_by="name",
	)
	names = [row.organisation for row in sheets] or [NO_NAME]
	types = dict(frappe.get_all(ORGANISATION, {"name": ["in", names]}, ["name", "organisation_type"], as_list=True, order_by="name"))
	answers, questions = _handed_in_answers(survey.name), questions_of(survey.name)
	heading = [
		_("Name of the organisation", lang=RECORD_LANGUAGE),
		_("Type", lang=RECORD_LANGUAGE),
		_("State of the answer", lang=RECORD_LANGUAGE),
		_("Answered at", lang=RECORD_LANGUAGE),
		*(row.question for row in questions),
	]
	rows = [
		[
			row.organisation_name,
			vocabulary.word(vocabulary.ORGANISATION_TYPE, types.get(row.organisation), RECORD_LANGUAGE),
			_(row.state, lang=RECORD_LANGUAGE),
			str(row.answered_on)[:16] if row.answered_on else "",
			*(_cell(question, answers.get(row.name, {}).get(question.code)) for question in questions),
		]
		for row in sheets
	]
	return [[safe_cell(value) for value in row] for row in [heading, *rows]]


def _cell(question: dict, answer: str | None) -> str | float:
	if question.kind == rules.NUMBER and (value := rules.number(answer)) is not None:
		return value
	return "、".join(rules.selected_choices(answer)) if question.kind == rules.MULTIPLE_CHOICE else answer or ""
