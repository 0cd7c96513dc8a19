"""What the pages of the support centre send: form handlers that answer with a redirect (web/forms.py).

First those of organisations, then those of the centre's staff. The rules themselves are in this room's other modules and
hold over REST and in the desk as well.
"""

from collections.abc import Callable
from urllib.parse import quote

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common.errors import InvalidChoice
from kyodo_frappe.support import cases as support_cases
from kyodo_frappe.support import dispatches, introductions, matching, portal_fields, surveys
from kyodo_frappe.support import staff as centre
from kyodo_frappe.support.matching import split_lines
from kyodo_frappe.web import forms
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.records import check_unchanged, check_writer, current_time, readable, writable

PAGE = "/kyodo/my/support"
NEW = "new"


# -- questions -------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(PAGE)
def ask(
	subject: str = "",
	content: str = "",
	topic: str = "Other",
	organisation: str = "",
	about_need: str = "",
	form: str = "",
):
	"""Send a question to the support centre."""
	support_cases.ask(subject, content, topic, organisation, about_need)
	return _("Your question has been sent. The answer is mailed to you and shown here."), PAGE, "cases"


@frappe.whitelist(methods=["POST"])
@answers_form(PAGE)
def ask_more(case: str, question: str = "", form: str = ""):
	"""Add a further question to one's own case."""
	support_cases.ask_more(case, question)
	return _("Your question has been sent. The answer is mailed to you and shown here."), PAGE, "cases"


# -- needs ------------------------------------------------------------------------------------


def _need_page(name: str = "", **_rest) -> str:
	return f"{PAGE}/needs/{quote(name or NEW, safe='')}"


@frappe.whitelist(methods=["POST"])
@answers_form(_need_page)
def save_own_need(name: str = "", modified: str = "", organisation: str = "", form: str = "", **given: str):
	"""Record a need or an offer of one's organisation, or change it."""
	if name in ("", NEW):
		doc = frappe.new_doc(matching.NEED, organisation=organisation)
	else:
		doc = readable(matching.NEED, name)
		check_unchanged(doc, modified)
	forms.fill(doc, portal_fields.OWN_NEED, {}, given)
	fill_profile(doc, given)
	matching.save_own_need(doc)
	return _("It has been saved. The centre reviews it before it is published."), _need_page(doc.name)


@frappe.whitelist(methods=["POST"])
@answers_form(_need_page)
def end_own_need(name: str, then: str = "", outcome: str = "", form: str = ""):
	"""Close one's organisation's need or reopen it. `then`: Met, Withdrawn or reopen."""
	if then == "reopen":
		matching.reopen_need(name)
		return _("It is open again."), _need_page(name)
	matching.close_need(name, then, outcome)
	return _("It is closed."), PAGE, "needs"


@frappe.whitelist(methods=["POST"])
@answers_form(PAGE)
def answer_introduction(match: str, side: str = "", then: str = "", contact: str = "", form: str = ""):
	"""Answer whether one would like to talk (`then`: Yes or No), with a contact."""
	introductions.answer_introduction(match, side, then, contact)
	return _("Thank you for your answer."), PAGE, "matches"


# -- surveys -----------------------------------------------------------------------------------


def _sheet_page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/surveys/{quote(name, safe='')}"


@frappe.whitelist(methods=["POST"])
@answers_form(_sheet_page)
def save_sheet(name: str, modified: str = "", then: str = "save", form: str = "", **given: str):
	"""Save the answers of a sheet, or hand them in (`then`: submit); problems are shown, and nothing typed is lost."""
	sheet = _sheet(name, modified)
	problems = surveys.save_answers(name, _answers(sheet.survey, given), hand_in=then == "submit")
	if problems:
		text = _("Your answers are saved but not submitted yet. Please check these:")
		return forms.FormResult(text, _sheet_page(name), kind="wait", more={"problems": problems})
	if then == "submit":
		return _("Your answers have been submitted. Thank you."), _sheet_page(name)
	return _("Saved at {0}.").format(current_time()), _sheet_page(name)


@frappe.whitelist(methods=["POST"])
def autosave_sheet(name: str, modified: str = "", writer: str = "", **given: str) -> dict:
	"""Save the answers of a sheet while they are being typed; return {at, modified}.

	Raises PermissionError, SurveyStateError, and ValidationError where a colleague has saved the sheet meanwhile.
	"""
	check_writer(writer)
	sheet = _sheet(name, modified)
	surveys.save_answers(name, _answers(sheet.survey, given))
	return {"at": current_time(), "modified": str(frappe.db.get_value(surveys.RESPONSE, name, "modified"))}


@frappe.whitelist(methods=["POST"])
@answers_form(_sheet_page)
def take_earlier(name: str):
	"""Start a sheet from the answers to the last survey."""
	count = surveys.copy_earlier_answers(name)
	return _("{0} answers of the last survey have been filled in. Please check them.").format(count), _sheet_page(name)


def _sheet(name: str, modified: str) -> Document:
	"""Return a sheet to write, unless a colleague has saved it meanwhile; the same user may use several devices."""
	sheet = readable(surveys.RESPONSE, name)
	if sheet.modified_by != frappe.session.user:
		check_unchanged(sheet, modified)
	return sheet


def _answers(survey: str, given: dict) -> dict[str, str]:
	"""Return {code: answer} of a form: `answer-<number>`, or `has-answer-<number>` with `answer-<number>-<choice>` ticked."""
	found = {}
	for number, row in enumerate(surveys.questions_of(survey)):
		if row.kind == surveys.rules.MULTIPLE_CHOICE:
			if f"has-answer-{number}" in given:
				choices = surveys.rules.choices(row)
				found[row.code] = "\n".join(text for at, text in enumerate(choices) if given.get(f"answer-{number}-{at}"))
		elif f"answer-{number}" in given:
			found[row.code] = given[f"answer-{number}"]
	return found


# -- staff: shared -----------------------------------------------------------------------------


def _page_of(part: str) -> Callable:
	return lambda name="", **_rest: _address(part, name)


def _address(part: str, name: str) -> str:
	return f"/kyodo/my/centre/{part}/{quote(name or NEW, safe='')}"


def _opened(doctype: str, name: str, modified: str) -> Document:
	"""Return the record that a form writes, a new one or the one it names. Raises PermissionError."""
	centre.require_centre()
	if name in ("", NEW):
		return frappe.new_doc(doctype, programme=centre.default_programme())
	doc = writable(doctype, name)
	check_unchanged(doc, modified)
	return doc


def _save(doc: Document):
	if doc.is_new():
		doc.insert()
	else:
		doc.save()


def fill_profile(doc: Document, given: dict):
	"""Set fields of activity (`activity-<code>`) and skills (`skill_lines`), each only where the form has them."""
	if "has-activity" in given:
		codes = [key.removeprefix("activity-") for key in given if key.startswith("activity-") and given[key]]
		doc.set("activity_fields", [{"activity_field": code} for code in codes])
	if "skill_lines" in given:
		doc.set("skills", [{"skill": line[:140]} for line in split_lines(given["skill_lines"])])


def _save_with_profile(doctype: str, part: str, names: tuple, name: str, modified: str, given: dict) -> tuple[str, str]:
	"""Save a record with fields of activity and skills: a need or a person."""
	doc = _opened(doctype, name, modified)
	forms.fill(doc, names, {}, given)
	fill_profile(doc, given)
	_save(doc)
	return _("Saved at {0}.").format(current_time()), _address(part, doc.name)


# -- staff: cases -----------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_page_of("cases"))
def save_case(name: str = "", modified: str = "", then: str = "save", form: str = "", **given: str):
	"""Record a visit or a call with its steps and answer. `then`: save, close or reopen."""
	if then == "reopen":
		support_cases.reopen(name)
		return _("The case is open again."), _address("cases", name)
	doc = _opened(support_cases.CASE, name, modified)
	forms.fill(doc, portal_fields.CASE, portal_fields.CASE_TABLES, given)
	_save(doc)
	if then == "close":
		support_cases.close(doc.name)
		return _("The case is closed."), "/kyodo/my/centre/cases"
	if then == "row-steps":
		return _("Saved at {0}.").format(current_time()), _address("cases", doc.name), "steps"
	return _("Saved at {0}.").format(current_time()), _address("cases", doc.name)


@frappe.whitelist(methods=["POST"])
@answers_form(_page_of("cases"))
def invite_client(name: str, email: str = "", form: str = ""):
	"""Mail a sign-up link to a client, so that the group can register."""
	support_cases.invite_client(name, email)
	return _("We have sent a mail to {0}. Please open the link in it.").format(email.strip()), _address("cases", name)


# -- staff: needs -----------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_page_of("needs"))
def save_need(name: str = "", modified: str = "", form: str = "", **given: str):
	"""Record a need or an offer, or change one."""
	return _save_with_profile(matching.NEED, "needs", portal_fields.NEED, name, modified, given)


@frappe.whitelist(methods=["POST"])
@answers_form(_page_of("needs"))
def end_need(name: str, then: str = "", outcome: str = "", form: str = ""):
	"""Close a need or reopen it. `then`: Met, Withdrawn or reopen."""
	centre.require_centre()
	if then == "reopen":
		matching.reopen_need(name)
		return _("It is open again."), _address("needs", name)
	matching.close_need(name, then, outcome)
	return _("It is closed."), _address("needs", name)


@frappe.whitelist(methods=["POST"])
@answers_form(_page_of("needs"))
def introduce(name: str, kind: str = "", target: str = ""):
	"""Introduce a need to one of its candidates."""
	match = frappe.get_doc(introductions.MATCH, introductions.introduce(name, kind, target))
	if phone_note := introductions.phone_message(match):
		message = f"{_('The introduction has been recorded.')} {phone_note}"
		return forms.FormResult(message, _address("needs", name), "introductions", kind="wait")
	return _("Both sides have been informed and asked for an answer."), _address("needs", name), "introductions"


@frappe.whitelist(methods=["POST"])
@answers_form(_page_of("needs"))
def note_introduction(name: str, match: str = "", then: str = "", contact: str = "", outcome: str = "", form: str = ""):
	"""Record a side's answer by phone (`then`: need-Yes, need-No, other-Yes, other-No) or the outcome (together, apart)."""
	centre.require_centre()
	if then in ("together", "apart"):
		introductions.conclude(match, int(then == "together"), outcome)
		if then == "together":
			message = _("It has been recorded. If nothing more is sought or offered, please close the need or offer.")
			return message, _address("needs", name), "end"
	else:
		side, _sep, answer = then.partition("-")
		introductions.answer_introduction(match, side, answer, contact)
	return _("It has been recorded."), _address("needs", name), "introductions"


# -- staff: people ------------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_page_of("people"))
def save_person(name: str = "", modified: str = "", form: str = "", **given: str):
	"""Record a person who can be sent, or change one."""
	return _save_with_profile(dispatches.PERSON, "people", portal_fields.PERSON, name, modified, given)


@frappe.whitelist(methods=["POST"])
@answers_form(_page_of("people"))
def ask_person(name: str, form: str = "", **given: str):
	"""Request a dispatch of a person, and show their other dispatches on the same day."""
	centre.require_centre()
	doc = frappe.new_doc(dispatches.DISPATCH, person=name)
	forms.fill(doc, portal_fields.DISPATCH, {}, given)
	doc.insert()
	phone_note = dispatches.phone_message(doc)
	message = _("The dispatch has been recorded.") if phone_note else _("{0} has been asked.").format(doc.person_name)
	notes = [note for note in (phone_note, dispatches.clash_message(doc)) if note]
	if notes:
		text = " ".join([message, _("Please note:"), *notes])
		return forms.FormResult(text, _address("people", name), "dispatches", kind="wait")
	return message, _address("people", name), "dispatches"


@frappe.whitelist(methods=["POST"])
@answers_form(_page_of("people"))
def note_dispatch(name: str, dispatch: str = "", then: str = "", report: str = "", form: str = ""):
	"""Record that a person has agreed, declined, or come. `then`: yes, no or done."""
	if then == "done":
		dispatches.record_done(dispatch, report)
	elif then in ("yes", "no"):
		dispatches.record_answer(dispatch, int(then == "yes"))
	else:
		frappe.throw(_("Please choose one of the answers."), InvalidChoice)
	return _("It has been recorded."), _address("people", name), "dispatches"


# -- staff: surveys -------------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_page_of("surveys"))
def save_survey(name: str = "", modified: str = "", then: str = "save", form: str = "", **given: str):
	"""Save a survey; once it is open, only the fields that may still change."""
	doc = _opened(surveys.SURVEY, name, modified)
	draft = doc.is_new() or doc.state == surveys.DRAFT
	forms.fill(
		doc, portal_fields.SURVEY if draft else sorted(surveys.EDITABLE_WHEN_OPEN), portal_fields.SURVEY_TABLES if draft else {}, given
	)
	_save(doc)
	anchor = "questions" if then == "row-questions" else ""
	return _("Saved at {0}.").format(current_time()), _address("surveys", doc.name), anchor


@frappe.whitelist(methods=["POST"])
@answers_form(_page_of("surveys"))
def ask_again(name: str, form: str = ""):
	"""Make a new survey with the questions of an earlier one."""
	new = surveys.ask_again(name)
	message = _("A new survey with the same questions has been made. Please check its title and days, then invite the organisations.")
	return message, _address("surveys", new)


@frappe.whitelist(methods=["POST"])
@answers_form(_page_of("surveys"))
def run_survey(name: str, then: str = "", form: str = "", **given: str):
	"""Open a survey to organisations, remind them, or close it. `then`: open, remind or close."""
	if then == "open":
		types = [given[key] for key in sorted(given) if key.startswith("type-")]
		codes = [key.removeprefix("activity-") for key in given if key.startswith("activity-")]
		count = surveys.open_survey(name, types, codes)
		return _("{0} organisations have been invited.").format(count), _address("surveys", name)
	if then == "remind":
		return _("{0} organisations have been reminded.").format(surveys.remind(name)), _address("surveys", name)
	if then != "close":
		frappe.throw(_("Please choose one of the answers."), InvalidChoice)
	surveys.close_survey(name)
	return _("The survey is over."), _address("surveys", name)
