"""実態調査: a survey of the organisations, from its questions to its totals (domain.md §3: 国分寺市, 実態調査と公表).

Draft → Open (every organisation that is asked gets a sheet of its own) → Closed. A sheet is saved as one goes and handed in
once nothing is missing. Who answered what is read by the centre, the office and the organisation itself; the public gets
totals (rules/surveys.py), if the survey says so and is over.
"""

import csv
import datetime
import io
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, date_diff, getdate, now_datetime, nowdate
from frappe.utils.xlsxutils import make_xlsx

from kyodo_frappe import messages
from kyodo_frappe.common import request_json, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.messages import people
from kyodo_frappe.messages.due import Due
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.partnership import parties
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SUPPORT, require
from kyodo_frappe.rules import surveys as rules
from kyodo_frappe.rules.textkeys import safe_cell
from kyodo_frappe.support import staff as centre
from kyodo_frappe.web.typed_values import clean
from kyodo_frappe.workflows.guard import by_service

SURVEY, RESPONSE, ORGANISATION = "Kyodo Survey", "Kyodo Survey Response", "Kyodo Organisation"
DRAFT, OPEN, CLOSED = "Draft", "Open", "Closed"
ASKED, BEGUN, ANSWERED = "Asked", "Begun", "Answered"
LONGEST_ANSWER = 5000
CARRIED = ("title", "programme", "introduction", "publish_totals")
# what may still change once organisations answer
STAYS_OPEN = {"closes_on", "publish_totals", "introduction"}


# -- the survey ---------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def ask_again(survey: str) -> str:
	"""A new draft with the words and questions of an earlier survey, for this year and as long as that one; returns its
	name. The codes stay, so that organisations may begin with their earlier answers. For the centre and the office.

	Raises PermissionError.
	"""
	centre.require_centre()
	old = parties.get_permitted(SURVEY, survey)
	days = date_diff(old.closes_on, old.opens_on)
	new = frappe.new_doc(SURVEY, **{field: old.get(field) for field in CARRIED})
	new.update({"opens_on": nowdate(), "closes_on": add_days(nowdate(), days)})
	for row in old.questions:
		new.append("questions", {field: row.get(field) for field in ("code", "question", "kind", "choices", "required")})
	return new.insert().name


@frappe.whitelist(methods=["POST"])
def open_survey(survey: str, types: list | str | None = None, fields: list | str | None = None) -> int:
	"""Ask the registered organisations, all or those of some types or fields of activity; each gets a sheet, and its people
	a mail. Returns how many. For the centre and the office. Raises PermissionError, ValidationError.
	"""
	centre.require_centre()
	doc = parties.get_permitted(SURVEY, survey, "write", lock=True)
	types, fields = request_json.names(types), request_json.names(fields)
	if doc.state != DRAFT:
		frappe.throw(_("This survey is open already."))
	if not doc.questions:
		frappe.throw(_("Please write the questions first."))
	if getdate(doc.closes_on) < getdate(nowdate()):
		frappe.throw(_("The last day is over already. Please choose one that is still to come."))
	asked = organisations_to_ask(types, fields)
	if not asked:
		frappe.throw(_("No registered organisation is of this kind."))
	for organisation in asked:
		sheet = frappe.new_doc(RESPONSE, survey=doc.name, organisation=organisation, asked_on=now_datetime())
		with by_service(sheet):
			sheet.insert(ignore_permissions=True)  # nobody makes a sheet by hand; who may ask has been checked
	doc.state, doc.asked_count, doc.asked_of = OPEN, len(asked), _asked_of(types, fields)
	with by_service(doc):
		doc.save()
	_later("kyodo_frappe.support.surveys.tell_asked", doc.name)
	return len(asked)


def organisations_to_ask(types: list[str], fields: list[str]) -> list[str]:
	"""Registered organisations of one of these types and fields; empty: of all."""
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
		filters["name"] = ["in", rows or [""]]
	return frappe.get_all(ORGANISATION, filters, pluck="name", order_by="name")


def _asked_of(types: list[str], fields: list[str]) -> str:
	labels = frappe.get_all("Kyodo Activity Field", {"name": ["in", fields or [""]]}, pluck="label_text", order_by="code asc")
	words = [*(vocabulary.word(vocabulary.ORGANISATION_TYPE, kind, RECORD_LANGUAGE) for kind in types), *labels]
	return "、".join(words) or _("All registered organisations", lang=RECORD_LANGUAGE)


def _later(method: str, survey: str):
	frappe.enqueue(
		method,
		survey=survey,
		queue="long",
		job_id=f"{method}:{survey}:{frappe.generate_hash(length=8)}",
		enqueue_after_commit=True,
	)


def tell_asked(survey: str):
	"""Mail every organisation that has a sheet; a job of its own."""
	doc = frappe.get_doc(SURVEY, survey)
	for row in _not_answered(survey):
		messages.send("Survey Asked", doc, to=_writers(row))


@frappe.whitelist(methods=["POST"])
def remind(survey: str) -> int:
	"""Remind who has not answered; returns how many organisations. For the centre and the office. Raises PermissionError,
	ValidationError (not open, everybody has answered, reminded today already)."""
	centre.require_centre()
	doc = parties.get_permitted(SURVEY, survey, "write", lock=True)
	if doc.state != OPEN:
		frappe.throw(_("This survey is not open."))
	waiting = _not_answered(survey)
	if not waiting:
		frappe.throw(_("Everybody has answered."))
	due = [row for row in waiting if not row.reminded_on or getdate(row.reminded_on) < getdate(nowdate())]
	if not due:
		frappe.throw(_("They were reminded today already."))
	_mark_reminded(due)
	_later("kyodo_frappe.support.surveys.tell_reminded", survey)
	return len(due)


def _mark_reminded(rows: list[dict]):
	for row in rows:
		sheet = frappe.get_doc(RESPONSE, row.name)
		sheet.reminded_on = now_datetime()
		with by_service(sheet):
			sheet.save(ignore_permissions=True)  # who may remind has been checked; nobody writes a sheet by hand


def tell_reminded(survey: str):
	"""Mail who was reminded today and has not answered; a job of its own."""
	doc = frappe.get_doc(SURVEY, survey)
	for row in _not_answered(survey):
		if row.reminded_on and getdate(row.reminded_on) == getdate(nowdate()):
			messages.send("Survey Unanswered", doc, to=_writers(row))


def _not_answered(survey: str) -> list[dict]:
	filters = {"survey": survey, "state": ["!=", ANSWERED]}
	return frappe.get_all(RESPONSE, filters, ["name", "organisation", "reminded_on"], order_by="name")


def _writers(response: dict) -> list[dict]:
	"""Who answers a sheet, each led to it."""
	found = people.members_of(response.organisation, WRITERS)
	return [frappe._dict(person, link=f"/kyodo/my/surveys/{response.name}") for person in found]


@frappe.whitelist(methods=["POST"])
def close_survey(survey: str):
	"""End a survey: no sheet can be handed in any more. For the centre and the office. Raises PermissionError,
	ValidationError."""
	centre.require_centre()
	doc = parties.get_permitted(SURVEY, survey, "write", lock=True)
	if doc.state != OPEN:
		frappe.throw(_("This survey is not open."))
	_close(doc)


def _close(doc: Document):
	doc.state = CLOSED
	with by_service(doc):
		doc.save(ignore_permissions=True)  # who may close it has been checked; after its last day the scheduler does


def close_ended(today: str | None = None) -> list[str]:
	"""Daily: surveys whose last day is over close themselves; returns them."""
	over = {"state": OPEN, "closes_on": ["<", getdate(today or nowdate())]}
	names = frappe.get_all(SURVEY, over, pluck="name", order_by="name")
	for name in names:
		_close(frappe.get_doc(SURVEY, name, for_update=True))
	return names


def sheets_waited_for(today: datetime.date) -> Iterator[Due]:
	"""Open surveys, for the organisations that have not answered and were not reminded today."""
	filters = {"state": OPEN, "opens_on": ["<", today], "closes_on": [">=", today]}
	for row in frappe.get_all(SURVEY, filters, ["name", "programme", "closes_on"], order_by="name"):
		yield Due(SURVEY, row.name, row.programme, getdate(row.closes_on), ask=_remind_silent)


def _remind_silent(survey: Document) -> tuple[list[dict], dict]:
	today = getdate(nowdate())
	silent = [row for row in _not_answered(survey.name) if not row.reminded_on or getdate(row.reminded_on) < today]
	_mark_reminded(silent)
	return [person for row in silent for person in _writers(row)], {}


# -- a sheet ------------------------------------------------------------------------------------


def may_answer(sheet: Document) -> bool:
	"""Whether the current user may write a sheet now."""
	writes = sheet.organisation in organisations_of(frappe.session.user, WRITERS)
	return writes and frappe.db.get_value(SURVEY, sheet.survey, "state") == OPEN


def save_answers(response: str, answers: dict[str, str], hand_in: bool = False) -> list[str]:
	"""Keep what an organisation has typed (`answers`: {code: text}, choices one for each line; what is not named stays), and
	hand it in. Returns, where it cannot be handed in yet, what is missing or wrong, in words; it is kept nevertheless.

	Raises PermissionError for who does not write for the organisation, ValidationError once the survey is over.
	"""
	sheet = _own_sheet(response)
	questions = questions_of(sheet.survey)
	kept = {row.code: row.answer for row in sheet.answers}
	kept |= {row.code: _text(answers[row.code]) for row in questions if row.code in answers}
	# what was handed in is only ever replaced by something complete
	hand_in = hand_in or sheet.state == ANSWERED
	found = _problems(questions, kept) if hand_in else []
	if found and sheet.state == ANSWERED:
		frappe.throw("　".join(found))
	_set_answers(sheet, questions, kept)
	if hand_in and not found:
		sheet.state, sheet.answered_on, sheet.answered_by = ANSWERED, now_datetime(), frappe.session.user
	elif sheet.answers:
		sheet.state = BEGUN
	_save(sheet)
	return found


def _problems(questions: list[dict], answers: dict[str, str]) -> list[str]:
	return [_(rules.SENTENCES[code]).format(*values) for code, values in rules.problems(questions, answers)]


def _set_answers(sheet: Document, questions: list[dict], answers: dict[str, str]):
	sheet.set("answers", [])
	for row in questions:
		if (answers.get(row.code) or "").strip():
			sheet.append("answers", {"code": row.code, "question": row.question, "answer": answers[row.code]})


def take_earlier(response: str) -> int:
	"""Begin a sheet with the answers of the last survey where the code is the same; returns how many. Raises as
	`save_answers`, and where there are none or the sheet is begun."""
	sheet = _own_sheet(response)
	earlier = earlier_answers(sheet)
	if sheet.answers or not earlier:
		frappe.throw(_("There are no earlier answers to begin with."))
	save_answers(response, earlier)
	return len(earlier)


def earlier_answers(sheet: Document) -> dict[str, str]:
	"""{code: answer} of the organisation's last sheet that was handed in, as far as they still fit the questions."""
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
	return frappe.get_all(
		"Kyodo Survey Question",
		{"parenttype": SURVEY, "parent": survey},
		["code", "question", "kind", "choices", "required"],
		order_by="idx",
	)


def _own_sheet(response: str) -> Document:
	sheet = parties.get_permitted(RESPONSE, response, lock=True)
	if sheet.organisation not in organisations_of(frappe.session.user, WRITERS):
		frappe.throw(_("Only those who write for an organisation answer for it."), frappe.PermissionError)
	if not may_answer(sheet):
		frappe.throw(_("This survey is over; nothing can be changed any more."))
	return sheet


def _text(answer: str) -> str:
	lines = (line.rstrip() for line in clean(answer).split("\n"))
	text = "\n".join(lines).strip()
	if len(text) > LONGEST_ANSWER:
		frappe.throw(_("An answer is too long: at most {0} characters.").format(LONGEST_ANSWER))
	return text


def _save(sheet: Document):
	with by_service(sheet):
		sheet.save(ignore_permissions=True)  # who writes for the organisation has been checked; sheets are read-only else
	survey = frappe.get_doc(SURVEY, sheet.survey, for_update=True)
	answered = frappe.db.count(RESPONSE, {"survey": sheet.survey, "state": ANSWERED})
	if survey.answered_count != answered:
		survey.answered_count = answered
		with by_service(survey):
			survey.save(ignore_permissions=True)  # a figure that follows from the sheets


# -- what came of it --------------------------------------------------------------------------------


def rates(survey: str) -> list[dict]:
	"""[{organisation_type, asked, answered, rate}] of a survey, and the whole with organisation_type None at the end."""
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
	"""What the sheets that were handed in add up to (rules/surveys.py). Whoever calls has asked for the right."""
	sheets = list(_answers(survey).values())
	return [frappe._dict(row) for row in rules.totals(questions_of(survey), sheets, public)]


def _answers(survey: str) -> dict[str, dict[str, str]]:
	names = frappe.get_all(RESPONSE, {"survey": survey, "state": ANSWERED}, pluck="name", order_by="name")
	found = {name: {} for name in names}
	for row in frappe.get_all(
		"Kyodo Survey Answer",
		{"parenttype": RESPONSE, "parent": ["in", names or [""]]},
		["parent", "code", "answer"],
		order_by="parent, idx",
	):
		found[row.parent][row.code] = row.answer
	return found


@frappe.whitelist(methods=["GET"])
def download(survey: str, file_format: str = "xlsx") -> None:
	"""Every sheet of a survey as a table, xlsx or csv; no cell that a spreadsheet would run. For the centre, the office and
	the manager. Raises PermissionError, ValidationError."""
	require(SUPPORT, OFFICER, MANAGER)
	doc = parties.get_permitted(SURVEY, survey)
	if file_format not in ("xlsx", "csv"):
		frappe.throw(_("There is no such download."))
	rows = as_table(doc)
	if file_format == "xlsx":
		content = make_xlsx(rows, _("Survey sheet", lang=RECORD_LANGUAGE)).getvalue()
	else:
		text = io.StringIO()
		csv.writer(text, lineterminator="\r\n").writerows(rows)
		content = text.getvalue().encode("utf-8-sig")
	frappe.response.filename = f"survey-{doc.name}.{file_format}"
	frappe.response.filecontent = content
	frappe.response.type = "binary"


def as_table(survey: Document) -> list[list]:
	"""Heading and one row for each organisation that was asked; the headings are Japanese, as the answers are."""
	sheets = frappe.get_all(
		RESPONSE,
		{"survey": survey.name},
		["name", "organisation", "organisation_name", "state", "answered_on"],
		order_by="name",
	)
	names = [row.organisation for row in sheets] or [""]
	types = dict(frappe.get_all(ORGANISATION, {"name": ["in", names]}, ["name", "organisation_type"], as_list=True, order_by="name"))
	answers, questions = _answers(survey.name), questions_of(survey.name)
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
