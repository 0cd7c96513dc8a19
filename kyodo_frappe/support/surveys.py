"""Surveys of organisations (実態調査): questions, sheets and answers (domain.md §3: 国分寺市, 実態調査と公表).

Draft → Open (each selected organisation has a sheet) → Closed. A sheet is saved while it is being filled in, and handed in
once nothing is missing. The centre, the office and the organisation read its answers; the public reads totals
if the survey says so and is closed (support/survey_results.py).
"""

import datetime
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, date_diff, getdate, now_datetime, nowdate

from kyodo_frappe import messages
from kyodo_frappe.common import request_json, tasks, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.common.queries import among
from kyodo_frappe.messages import people
from kyodo_frappe.messages.due import Due
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.partnership import parties
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.rules import surveys as rules
from kyodo_frappe.support import staff as centre
from kyodo_frappe.support.errors import InvalidAnswers, NobodyToAsk, SurveyQuestionsError, SurveyStateError
from kyodo_frappe.web.typed_values import clean
from kyodo_frappe.workflows.guard import by_service

SURVEY, RESPONSE, ORGANISATION = "Kyodo Survey", "Kyodo Survey Response", "Kyodo Organisation"
DRAFT, OPEN, CLOSED = "Draft", "Open", "Closed"
ASKED, BEGUN, ANSWERED = "Asked", "Begun", "Answered"
MAX_ANSWER_LENGTH = 5000
COPIED_FIELDS = ("title", "programme", "introduction", "publish_totals")
# fields that may still change once organisations are answering
EDITABLE_WHEN_OPEN = {"closes_on", "publish_totals", "introduction"}


# -- the survey ---------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def ask_again(survey: str) -> str:
	"""Make a draft with the texts and questions of an earlier survey and return its name, for the centre and the office.

	It begins today and lasts as long as the earlier one. The codes are kept, so that organisations can start from their
	earlier answers. Raises PermissionError.
	"""
	centre.require_centre()
	old = parties.get_permitted(SURVEY, survey)
	days = date_diff(old.closes_on, old.opens_on)
	new = frappe.new_doc(SURVEY, **{field: old.get(field) for field in COPIED_FIELDS})
	new.update({"opens_on": nowdate(), "closes_on": add_days(nowdate(), days)})
	for row in old.questions:
		new.append("questions", {field: row.get(field) for field in ("code", "question", "kind", "choices", "required")})
	return new.insert().name


@frappe.whitelist(methods=["POST"])
def open_survey(survey: str, types: list | str | None = None, fields: list | str | None = None) -> int:
	"""Open a survey to the registered organisations of some types and fields of activity, or to all; return how many.

	Each gets a sheet, and its members a mail. For the centre and the office. Raises PermissionError, SurveyStateError (open
	already, last day over), SurveyQuestionsError without questions, and ValidationError where no organisation matches.
	"""
	centre.require_centre()
	doc = parties.get_permitted(SURVEY, survey, "write", lock=True)
	types, fields = request_json.names(types), request_json.names(fields)
	_check_can_open(doc)
	asked = organisations_to_ask(types, fields)
	if not asked:
		frappe.throw(_("No registered organisation matches the selection."), NobodyToAsk)
	for organisation in asked:
		sheet = frappe.new_doc(RESPONSE, survey=doc.name, organisation=organisation, asked_on=now_datetime())
		with by_service(sheet):
			sheet.insert(ignore_permissions=True)  # sheets are made here only; permission has been checked
	doc.state, doc.asked_count, doc.asked_of = OPEN, len(asked), _describe_selection(types, fields)
	with by_service(doc):
		doc.save()
	tasks.later("kyodo_frappe.support.surveys.notify_invited", doc, survey=doc.name)
	return len(asked)


def _check_can_open(survey: Document):
	if survey.state != DRAFT:
		frappe.throw(_("This survey is open already."), exc=SurveyStateError)
	if not survey.questions:
		frappe.throw(_("Please write the questions first."), exc=SurveyQuestionsError)
	if getdate(survey.closes_on) < getdate(nowdate()):
		frappe.throw(_("The last day is over already. Please choose one that is still to come."), exc=SurveyStateError)


def organisations_to_ask(types: list[str], fields: list[str]) -> list[str]:
	"""Return the registered organisations of these types and fields of activity; an empty list means all of them."""
	filters = {
		"workflow_state": ["in", organisations.valid_states()],
		"registered_on": ["is", "set"],
		"valid_until": [">=", nowdate()],
	}
	if types:
		filters["organisation_type"] = ["in", types]
	if fields:
		rows = frappe.get_all(
			"Kyodo Organisation Activity",
			{"parenttype": ORGANISATION, "activity_field": ["in", fields]},
			pluck="parent",
			order_by="parent",
		)
		filters["name"] = among(rows)
	return frappe.get_all(ORGANISATION, filters, pluck="name", order_by="name")


def _describe_selection(types: list[str], fields: list[str]) -> str:
	labels = frappe.get_all("Kyodo Activity Field", {"name": among(fields)}, pluck="label_text", order_by="code asc")
	words = [*(vocabulary.word(vocabulary.ORGANISATION_TYPE, kind, RECORD_LANGUAGE) for kind in types), *labels]
	return "、".join(words) or _("All registered organisations", lang=RECORD_LANGUAGE)


def notify_invited(survey: str):
	"""Job: mail every organisation that has an unanswered sheet."""
	doc = frappe.get_doc(SURVEY, survey)
	for row in _unanswered_sheets(survey):
		messages.send("Survey Asked", doc, to=_recipients(row))


@frappe.whitelist(methods=["POST"])
def remind(survey: str) -> int:
	"""Remind organisations that have not answered and return how many, for the centre and the office.

	Raises PermissionError, SurveyStateError (not open, all have answered, reminded today already).
	"""
	centre.require_centre()
	doc = parties.get_permitted(SURVEY, survey, "write", lock=True)
	_check_open(doc)
	waiting = _unanswered_sheets(survey)
	if not waiting:
		frappe.throw(_("Everybody has answered."), exc=SurveyStateError)
	due = [row for row in waiting if not row.reminded_on or getdate(row.reminded_on) < getdate(nowdate())]
	if not due:
		frappe.throw(_("They have been reminded today already."), exc=SurveyStateError)
	_mark_reminded(due)
	tasks.later("kyodo_frappe.support.surveys.notify_reminded", doc, survey=survey)
	return len(due)


def _mark_reminded(rows: list[dict]):
	for row in rows:
		sheet = frappe.get_doc(RESPONSE, row.name)
		sheet.reminded_on = now_datetime()
		with by_service(sheet):
			sheet.save(ignore_permissions=True)  # the caller has checked permission; sheets are read-only for staff


def notify_reminded(survey: str):
	"""Job: mail the organisations that `remind` has marked today."""
	doc = frappe.get_doc(SURVEY, survey)
	for row in _unanswered_sheets(survey):
		if row.reminded_on and getdate(row.reminded_on) == getdate(nowdate()):
			messages.send("Survey Unanswered", doc, to=_recipients(row))


def _unanswered_sheets(survey: str) -> list[dict]:
	filters = {"survey": survey, "state": ["!=", ANSWERED]}
	return frappe.get_all(RESPONSE, filters, ["name", "organisation", "reminded_on"], order_by="name")


def _recipients(response: dict) -> list[dict]:
	"""Return the people who may answer a sheet, each with a link to it."""
	found = people.members_of(response.organisation, WRITERS)
	return [frappe._dict(person, link=f"/kyodo/my/surveys/{response.name}") for person in found]


@frappe.whitelist(methods=["POST"])
def close_survey(survey: str):
	"""Close a survey, so that no more sheets can be handed in, for the centre and the office.

	Raises PermissionError, SurveyStateError unless it is open.
	"""
	centre.require_centre()
	doc = parties.get_permitted(SURVEY, survey, "write", lock=True)
	_check_open(doc)
	_close(doc)


def _check_open(survey: Document):
	if survey.state != OPEN:
		frappe.throw(_("This survey is not open."), exc=SurveyStateError)


def _close(doc: Document):
	doc.state = CLOSED
	with by_service(doc):
		doc.save(ignore_permissions=True)  # permission has been checked, or the scheduler closes it


def close_overdue_surveys(today: str | None = None) -> list[str]:
	"""Daily: close surveys after their last day and return their names."""
	over = {"state": OPEN, "closes_on": ["<", getdate(today or nowdate())]}
	names = frappe.get_all(SURVEY, over, pluck="name", order_by="name")
	for name in names:
		_close(frappe.get_doc(SURVEY, name, for_update=True))
	return names


def unanswered_surveys(today: datetime.date) -> Iterator[Due]:
	"""Yield open surveys; organisations that have not answered and were not reminded today are due."""
	filters = {"state": OPEN, "opens_on": ["<", today], "closes_on": [">=", today]}
	for row in frappe.get_all(SURVEY, filters, ["name", "programme", "closes_on"], order_by="name"):
		yield Due(SURVEY, row.name, row.programme, getdate(row.closes_on), ask=_mark_and_list_recipients)


def _mark_and_list_recipients(survey: Document) -> tuple[list[dict], dict]:
	today = getdate(nowdate())
	due = [row for row in _unanswered_sheets(survey.name) if not row.reminded_on or getdate(row.reminded_on) < today]
	_mark_reminded(due)
	return [person for row in due for person in _recipients(row)], {}


# -- sheets -------------------------------------------------------------------------------------


def may_answer(sheet: Document) -> bool:
	"""Return whether the current user may fill in a sheet: for their organisation, while the survey is open."""
	writes = sheet.organisation in organisations_of(frappe.session.user, WRITERS)
	return writes and frappe.db.get_value(SURVEY, sheet.survey, "state") == OPEN


def save_answers(response: str, answers: dict[str, str], hand_in: bool = False) -> list[str]:
	"""Save the answers of an organisation, and hand them in if `hand_in`; return what is missing or wrong, in sentences.

	`answers`: {code: text}, one line for each choice; answers that are not named stay. They are saved even where they cannot
	be handed in, except that a sheet handed in before is only replaced by a complete one. Raises PermissionError unless the
	user writes for the organisation, SurveyStateError once the survey is over, and ValidationError for a text that is too
	long or a replacement that is incomplete.
	"""
	sheet = _writable_sheet(response)
	questions = questions_of(sheet.survey)
	kept = {row.code: row.answer for row in sheet.answers}
	kept |= {row.code: _clean_answer(answers[row.code]) for row in questions if row.code in answers}
	hand_in = hand_in or sheet.state == ANSWERED
	found = _describe_problems(questions, kept) if hand_in else []
	if found and sheet.state == ANSWERED:
		frappe.throw("　".join(found), InvalidAnswers)
	_set_answers(sheet, questions, kept)
	if hand_in and not found:
		sheet.state, sheet.answered_on, sheet.answered_by = ANSWERED, now_datetime(), frappe.session.user
	elif sheet.answers:
		sheet.state = BEGUN
	_save(sheet)
	return found


def _describe_problems(questions: list[dict], answers: dict[str, str]) -> list[str]:
	return [_(rules.SENTENCES[code]).format(*values) for code, values in rules.problems(questions, answers)]


def _set_answers(sheet: Document, questions: list[dict], answers: dict[str, str]):
	sheet.set("answers", [])
	for row in questions:
		if (answers.get(row.code) or "").strip():
			sheet.append("answers", {"code": row.code, "question": row.question, "answer": answers[row.code]})


def copy_earlier_answers(response: str) -> int:
	"""Fill an empty sheet with the organisation's answers to the last survey, by code; return how many.

	Raises as `save_answers`, and ValidationError without earlier answers or where the sheet is not empty.
	"""
	sheet = _writable_sheet(response)
	earlier = earlier_answers(sheet)
	if sheet.answers or not earlier:
		frappe.throw(_("There are no earlier answers to begin with."), SurveyStateError)
	save_answers(response, earlier)
	return len(earlier)


def earlier_answers(sheet: Document) -> dict[str, str]:
	"""Return {code: answer} of the last sheet that the organisation handed in, where answers still fit the questions."""
	name = frappe.db.get_value(
		RESPONSE,
		{"organisation": sheet.organisation, "state": ANSWERED, "survey": ["!=", sheet.survey]},
		"name",
		order_by="answered_on desc",
	)
	if not name:
		return {}
	filters = {"parenttype": RESPONSE, "parent": name}
	rows = frappe.get_all("Kyodo Survey Answer", filters, ["code", "answer"], order_by="idx")
	given = {row.code: row.answer for row in rows}
	return {
		row.code: given[row.code] for row in questions_of(sheet.survey) if given.get(row.code) and not rules.problem(row, given[row.code])
	}


def questions_of(survey: str) -> list[dict]:
	"""Return the questions of a survey: {code, question, kind, choices, required}."""
	return frappe.get_all(
		"Kyodo Survey Question",
		{"parenttype": SURVEY, "parent": survey},
		["code", "question", "kind", "choices", "required"],
		order_by="idx",
	)


def _writable_sheet(response: str) -> Document:
	sheet = parties.get_permitted(RESPONSE, response, lock=True)
	if sheet.organisation not in organisations_of(frappe.session.user, WRITERS):
		frappe.throw(_("Only people who write for an organisation can answer for it."), frappe.PermissionError)
	if not may_answer(sheet):
		frappe.throw(_("This survey is over; nothing can be changed any more."), exc=SurveyStateError)
	return sheet


def _clean_answer(answer: str) -> str:
	lines = (line.rstrip() for line in clean(answer).split("\n"))
	text = "\n".join(lines).strip()
	if len(text) > MAX_ANSWER_LENGTH:
		frappe.throw(_("An answer is too long: at most {0} characters.").format(MAX_ANSWER_LENGTH), InvalidAnswers)
	return text


def _save(sheet: Document):
	with by_service(sheet):
		sheet.save(ignore_permissions=True)  # permission is checked by `_writable_sheet`; sheets are read-only otherwise
	survey = frappe.get_doc(SURVEY, sheet.survey, for_update=True)
	answered = frappe.db.count(RESPONSE, {"survey": sheet.survey, "state": ANSWERED})
	if survey.answered_count != answered:
		survey.answered_count = answered
		with by_service(survey):
			survey.save(ignore_permissions=True)  # a figure derived from the sheets
