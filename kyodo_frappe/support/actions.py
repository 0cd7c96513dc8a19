"""What an organisation sends to the support centre: questions, needs, answers to introductions and surveys."""

from urllib.parse import quote

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.support import cases as support_cases
from kyodo_frappe.support import introductions, matching, portal_fields, surveys
from kyodo_frappe.support.staff_actions import fill_profile
from kyodo_frappe.web import forms
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.records import check_unchanged, check_writer, current_time, readable

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
	"""Ask the support centre."""
	support_cases.ask(subject, content, topic, organisation, about_need)
	return _("Your question is sent. The answer comes by mail and stands here."), PAGE, "cases"


@frappe.whitelist(methods=["POST"])
@answers_form(PAGE)
def ask_more(case: str, question: str = "", form: str = ""):
	"""Ask on about what was answered."""
	support_cases.ask_more(case, question)
	return _("Your question is sent. The answer comes by mail and stands here."), PAGE, "cases"


# -- needs ------------------------------------------------------------------------------------


def _need_page(name: str = "", **_rest) -> str:
	return f"{PAGE}/needs/{quote(name or NEW, safe='')}"


@frappe.whitelist(methods=["POST"])
@answers_form(_need_page)
def save_need(name: str = "", modified: str = "", organisation: str = "", form: str = "", **given: str):
	"""Record a need or an offer of one's organisation, or change it."""
	if name in ("", NEW):
		doc = frappe.new_doc(matching.NEED, organisation=organisation)
	else:
		doc = readable(matching.NEED, name)
		check_unchanged(doc, modified)
	forms.fill(doc, portal_fields.OWN_NEED, {}, given)
	fill_profile(doc, given)
	matching.save_own(doc)
	return _("It is saved. The centre looks at it before it is shown to the public."), _need_page(doc.name)


@frappe.whitelist(methods=["POST"])
@answers_form(_need_page)
def end_need(name: str, then: str = "", outcome: str = "", form: str = ""):
	"""It is met (`then`: Met), taken back (Withdrawn) or open again (reopen)."""
	if then == "reopen":
		matching.reopen_need(name)
		return _("It is open again."), _need_page(name)
	matching.close_need(name, then, outcome)
	return _("It is closed."), PAGE, "needs"


@frappe.whitelist(methods=["POST"])
@answers_form(PAGE)
def answer_introduction(match: str, side: str = "", then: str = "", contact: str = "", form: str = ""):
	"""Say whether one would like to talk (`then`: Yes or No), and where one can be reached."""
	introductions.answer_introduction(match, side, then, contact)
	return _("Thank you for your answer."), PAGE, "matches"


# -- surveys -----------------------------------------------------------------------------------


def _sheet_page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/surveys/{quote(name, safe='')}"


@frappe.whitelist(methods=["POST"])
@answers_form(_sheet_page)
def save_sheet(name: str, modified: str = "", then: str = "save", form: str = "", **given: str):
	"""Keep the answers of a sheet, or hand them in (`then`: submit); what is missing is said, and nothing typed is lost."""
	sheet = _sheet(name, modified)
	problems = surveys.save_answers(name, _answers(sheet.survey, given), hand_in=then == "submit")
	if problems:
		text = _("Your answers are kept, but not handed in yet. Please look at these:")
		return forms.FormResult(text, _sheet_page(name), kind="wait", more={"problems": problems})
	if then == "submit":
		return _("Your answers are handed in. Thank you."), _sheet_page(name)
	return _("Saved at {0}.").format(current_time()), _sheet_page(name)


@frappe.whitelist(methods=["POST"])
def autosave_sheet(name: str, modified: str = "", writer: str = "", **given: str) -> dict:
	"""Keep the answers of a sheet while they are being typed; answers {at, modified}. Raises PermissionError,
	ValidationError."""
	check_writer(writer)
	sheet = _sheet(name, modified)
	surveys.save_answers(name, _answers(sheet.survey, given))
	return {"at": current_time(), "modified": str(frappe.db.get_value(surveys.RESPONSE, name, "modified"))}


@frappe.whitelist(methods=["POST"])
@answers_form(_sheet_page)
def take_earlier(name: str):
	"""Begin with the answers of the last survey."""
	count = surveys.take_earlier(name)
	return _("{0} answers of the last survey are filled in. Please check them.").format(count), _sheet_page(name)


def _sheet(name: str, modified: str) -> Document:
	"""What a colleague has saved meanwhile is not written over; one's own tablet and phone are one writer."""
	sheet = readable(surveys.RESPONSE, name)
	if sheet.modified_by != frappe.session.user:
		check_unchanged(sheet, modified)
	return sheet


def _answers(survey: str, given: dict) -> dict[str, str]:
	"""{code: answer} of what a form named: `answer-<number>`, ticks `answer-<number>-<choice>` beside `has-answer-<number>`."""
	found = {}
	for number, row in enumerate(surveys.questions_of(survey)):
		if row.kind == surveys.rules.SEVERAL:
			if f"has-answer-{number}" in given:
				choices = surveys.rules.choices(row)
				found[row.code] = "\n".join(text for at, text in enumerate(choices) if given.get(f"answer-{number}-{at}"))
		elif f"answer-{number}" in given:
			found[row.code] = given[f"answer-{number}"]
	return found
