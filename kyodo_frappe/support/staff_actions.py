"""What the people of the support centre send from their pages. Plain forms, each answered with a redirect (web/forms.py).

The rules are in this room and hold over REST and in the desk as well.
"""

from urllib.parse import quote

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.support import cases as support_cases
from kyodo_frappe.support import dispatches, introductions, matching, portal_fields, surveys
from kyodo_frappe.support import staff as centre
from kyodo_frappe.support.matching import lines_of
from kyodo_frappe.web import forms
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.records import check_unchanged, current_time, writable

NEW = "new"


def _place(part: str):
	return lambda name="", **_rest: _address(part, name)


def _address(part: str, name: str) -> str:
	return f"/kyodo/my/centre/{part}/{quote(name or NEW, safe='')}"


def _opened(doctype: str, name: str, modified: str) -> Document:
	"""The record that a form writes, a new one or the one it names, with the right asked for."""
	centre.require_centre()
	if name in ("", NEW):
		return frappe.new_doc(doctype, programme=centre.programme_of())
	doc = writable(doctype, name)
	check_unchanged(doc, modified)
	return doc


def _keep(doc: Document):
	if doc.is_new():
		doc.insert()
	else:
		doc.save()


def fill_profile(doc: Document, given: dict):
	"""Fields of activity as ticked, skills as lines; only where the form has them."""
	if "has-activity" in given:
		codes = [key.removeprefix("activity-") for key in given if key.startswith("activity-") and given[key]]
		doc.set("activity_fields", [{"activity_field": code} for code in codes])
	if "skill_lines" in given:
		doc.set("skills", [{"skill": line[:140]} for line in lines_of(given["skill_lines"])])


def _keep_profile(doctype: str, part: str, names: tuple, name: str, modified: str, given: dict) -> tuple[str, str]:
	"""Keep what has fields of activity and skills: a need or a person."""
	doc = _opened(doctype, name, modified)
	forms.fill(doc, names, {}, given)
	fill_profile(doc, given)
	_keep(doc)
	return _("Saved at {0}.").format(current_time()), _address(part, doc.name)


# -- cases -----------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_place("cases"))
def save_case(name: str = "", modified: str = "", then: str = "save", form: str = "", **given: str):
	"""Write down a visit or a call, what was done and answered; `then`: save, close or reopen."""
	if then == "reopen":
		support_cases.reopen(name)
		return _("The case is open again."), _address("cases", name)
	doc = _opened(support_cases.CASE, name, modified)
	forms.fill(doc, portal_fields.CASE, portal_fields.CASE_TABLES, given)
	_keep(doc)
	if then == "close":
		support_cases.close(doc.name)
		return _("The case is closed."), "/kyodo/my/centre/cases"
	if then == "row-steps":
		return _("Saved at {0}.").format(current_time()), _address("cases", doc.name), "steps"
	return _("Saved at {0}.").format(current_time()), _address("cases", doc.name)


@frappe.whitelist(methods=["POST"])
@answers_form(_place("cases"))
def invite_client(name: str, email: str = "", form: str = ""):
	"""Mail a link to sign up to a client, so that the group can register itself."""
	support_cases.invite_client(name, email)
	return _("We have sent a mail to {0}. Please open the link in it.").format(email.strip()), _address("cases", name)


# -- needs -----------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_place("needs"))
def save_need(name: str = "", modified: str = "", form: str = "", **given: str):
	"""Record a need or an offer, or change one."""
	return _keep_profile(matching.NEED, "needs", portal_fields.NEED, name, modified, given)


@frappe.whitelist(methods=["POST"])
@answers_form(_place("needs"))
def end_need(name: str, then: str = "", outcome: str = "", form: str = ""):
	"""A need is met (`then`: Met), taken back (Withdrawn) or open again (reopen)."""
	centre.require_centre()
	if then == "reopen":
		matching.reopen_need(name)
		return _("It is open again."), _address("needs", name)
	matching.close_need(name, then, outcome)
	return _("It is closed."), _address("needs", name)


@frappe.whitelist(methods=["POST"])
@answers_form(_place("needs"))
def introduce(name: str, kind: str = "", target: str = ""):
	"""Introduce a need to one of those whom it fits."""
	match = frappe.get_doc(introductions.MATCH, introductions.introduce(name, kind, target))
	if to_phone := introductions.phone_sentence(match):
		told = f"{_('The introduction is recorded.')} {to_phone}"
		return forms.FormResult(told, _address("needs", name), "introductions", kind="wait")
	return _("Both sides are told and asked for their word."), _address("needs", name), "introductions"


@frappe.whitelist(methods=["POST"])
@answers_form(_place("needs"))
def note_introduction(name: str, match: str = "", then: str = "", contact: str = "", outcome: str = "", form: str = ""):
	"""Note what a side has answered by phone (`then`: need-Yes, need-No, other-Yes, other-No), or what came of it (together,
	apart)."""
	centre.require_centre()
	if then in ("together", "apart"):
		introductions.conclude(match, int(then == "together"), outcome)
		if then == "together":
			told = _("It is noted. Where nothing more is sought or offered, please close the need or offer.")
			return told, _address("needs", name), "end"
	else:
		side, _sep, answer = then.partition("-")
		introductions.answer_introduction(match, side, answer, contact)
	return _("It is noted."), _address("needs", name), "introductions"


# -- people ------------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_place("people"))
def save_person(name: str = "", modified: str = "", form: str = "", **given: str):
	"""Record a person who can be sent, or change what is recorded."""
	return _keep_profile(dispatches.PERSON, "people", portal_fields.PERSON, name, modified, given)


@frappe.whitelist(methods=["POST"])
@answers_form(_place("people"))
def ask_person(name: str, form: str = "", **given: str):
	"""Ask a person to come; says where they are asked for on the same day already."""
	centre.require_centre()
	doc = frappe.new_doc(dispatches.DISPATCH, person=name)
	forms.fill(doc, portal_fields.DISPATCH, {}, given)
	doc.insert()
	to_phone = dispatches.phone_sentence(doc)
	told = _("The dispatch is recorded.") if to_phone else _("{0} is asked.").format(doc.person_name)
	notes = [note for note in (to_phone, dispatches.clash_sentence(doc)) if note]
	if notes:
		text = " ".join([told, _("Please note:"), *notes])
		return forms.FormResult(text, _address("people", name), "dispatches", kind="wait")
	return told, _address("people", name), "dispatches"


@frappe.whitelist(methods=["POST"])
@answers_form(_place("people"))
def note_dispatch(name: str, dispatch: str = "", then: str = "", report: str = "", form: str = ""):
	"""A person has agreed (`then`: yes) or declined (no), or it has taken place (done)."""
	if then == "done":
		dispatches.record_done(dispatch, report)
	elif then in ("yes", "no"):
		dispatches.record_answer(dispatch, int(then == "yes"))
	else:
		frappe.throw(_("Please choose one of the answers."))
	return _("It is noted."), _address("people", name), "dispatches"


# -- surveys -------------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_place("surveys"))
def save_survey(name: str = "", modified: str = "", then: str = "save", form: str = "", **given: str):
	"""Write the questions of a survey; once it is open, what may still change."""
	doc = _opened(surveys.SURVEY, name, modified)
	draft = doc.is_new() or doc.state == surveys.DRAFT
	forms.fill(doc, portal_fields.SURVEY if draft else sorted(surveys.STAYS_OPEN), portal_fields.SURVEY_TABLES if draft else {}, given)
	_keep(doc)
	anchor = "questions" if then == "row-questions" else ""
	return _("Saved at {0}.").format(current_time()), _address("surveys", doc.name), anchor


@frappe.whitelist(methods=["POST"])
@answers_form(_place("surveys"))
def ask_again(name: str, form: str = ""):
	"""Begin a new survey with the questions of an earlier one."""
	new = surveys.ask_again(name)
	told = _("A new survey with the same questions is made. Please check title and days, then ask the organisations.")
	return told, _address("surveys", new)


@frappe.whitelist(methods=["POST"])
@answers_form(_place("surveys"))
def run_survey(name: str, then: str = "", form: str = "", **given: str):
	"""Ask the organisations (`then`: open), remind who has not answered (remind), or end the survey (close)."""
	if then == "open":
		types = [given[key] for key in sorted(given) if key.startswith("type-")]
		codes = [key.removeprefix("activity-") for key in given if key.startswith("activity-")]
		count = surveys.open_survey(name, types, codes)
		return _("{0} organisations are asked.").format(count), _address("surveys", name)
	if then == "remind":
		return _("{0} organisations are reminded.").format(surveys.remind(name)), _address("surveys", name)
	if then != "close":
		frappe.throw(_("Please choose one of the answers."))
	surveys.close_survey(name)
	return _("The survey is over."), _address("surveys", name)
