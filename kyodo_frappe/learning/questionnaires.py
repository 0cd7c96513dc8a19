"""The questionnaire after an event: sent by mail, answered once, and reported as totals without names.

Answers, and the fact that somebody has answered, are stored at a permission level without readers: only totals leave this
module.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from kyodo_frappe.common.queries import among
from kyodo_frappe.learning import event_mail
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.learning.errors import InvalidLink, QuestionnaireError
from kyodo_frappe.rules.tally import tally
from kyodo_frappe.workflows.guard import by_service

REGISTRATION = event_registrations.REGISTRATION
SCALE = range(1, 6)
MAX_LENGTH = 2000


def send_questionnaire(event: Document):
	"""Mail the questionnaire to everybody who had a place and was not absent, once. The caller has checked permissions."""
	if not event.questions or event.asked_on:
		return
	event.asked_on = now_datetime().replace(microsecond=0)
	with by_service(event):
		event.save()
	for registration in event_registrations.get_registrations(event.name, (event_registrations.PLACE,)):
		if registration.attendance != "Absent":
			event_mail.notify("Event Questions", event, registration)


def may_answer(event: Document, registration: Document) -> bool:
	"""Return whether a registration has been sent the questionnaire and not answered it yet."""
	return bool(
		event.state == "Held"
		and event.asked_on
		and registration.state == event_registrations.PLACE
		and registration.attendance != "Absent"
		and not registration.answered_on
	)


def record_answers(key: str, answers: dict[int, str]) -> Document:
	"""Store the answers {row number of the questionnaire: text} to the registration that the link's key opens.

	Raises InvalidLink for an unknown key, and QuestionnaireError where the questionnaire is closed or answered already,
	where nothing is answered, or where an answer is no choice of its question or too long.
	"""
	registration = event_registrations.find_by_key(key)
	if registration is None:
		frappe.throw(_("This link is no longer valid."), exc=InvalidLink)
	event = frappe.get_doc(event_registrations.EVENT, registration.event)
	# of two clicks at once, the second waits here and then finds the answers
	registration = frappe.get_doc(REGISTRATION, registration.name, for_update=True)
	if not may_answer(event, registration):
		frappe.throw(_("You have answered already, or this questionnaire is closed."), exc=QuestionnaireError)
	given = [(row.question, text) for row in event.questions if (text := _checked(row, answers.get(row.idx)))]
	if not given:
		frappe.throw(_("Please answer at least one question."), exc=QuestionnaireError)
	registration.answered_on = now_datetime().replace(microsecond=0)
	for question, text in given:
		registration.append("answers", {"question": question, "answer": text})
	before = {"modified": registration.modified, "modified_by": registration.modified_by}
	with by_service(registration):
		registration.save(ignore_permissions=True)  # the link's key stands for the person registered
	# the time of the last change would tell an organiser who watches the totals whose answers came in
	registration.db_set(before, update_modified=False)
	return registration


def _checked(question: Document, text: str | None) -> str | None:
	text = (text or "").strip()
	if not text:
		return None
	choices = {"Scale": [str(mark) for mark in SCALE], "Choice": choices_of(question)}.get(question.kind)
	if choices is not None and text not in choices:
		frappe.throw(_("“{0}”: please choose one of the answers.").format(question.question), exc=QuestionnaireError)
	if len(text) > MAX_LENGTH:
		message = _("“{0}” is too long: at most {1} characters.").format(question.question, MAX_LENGTH)
		frappe.throw(message, exc=QuestionnaireError)
	return text


def choices_of(question: Document) -> list[str]:
	"""Return the choices of a question, in order."""
	return [line.strip() for line in (question.choices or "").splitlines() if line.strip()]


@frappe.whitelist(methods=["GET"])
def totals(event: str) -> dict:
	"""Return the totals of an event's questionnaire, for its organisers.

	{asked, answered, questions: [{question, kind, count, counts: [[value, number], …], average, texts}, …]}; texts are
	sorted alphabetically, so that their order does not reveal their authors. Raises PermissionError.
	"""
	doc = event_registrations.get_organised_event(event)
	registrations = frappe.get_all(
		REGISTRATION,
		{"event": doc.name, "state": event_registrations.PLACE},
		["name", "attendance", "answered_on"],
		order_by="name",
	)
	answered = [row.name for row in registrations if row.answered_on]
	rows = frappe.get_all(
		"Kyodo Event Answer",
		{"parenttype": REGISTRATION, "parent": among(answered)},
		["question", "answer"],
		order_by="answer asc",
	)
	return {
		"asked": sum(row.attendance != "Absent" for row in registrations) if doc.asked_on else 0,
		"answered": len(answered),
		"questions": [_total(row, [given.answer for given in rows if given.question == row.question]) for row in doc.questions],
	}


def _total(question: Document, answers: list[str]) -> dict:
	found = {"question": question.question, "kind": question.kind, "count": len(answers), "counts": [], "average": None}
	if question.kind == "Text":
		return {**found, "texts": answers}
	if question.kind == "Scale":
		made = tally([cint(answer) for answer in answers], SCALE)
	else:
		made = tally(answers, choices_of(question))
	return {**found, "counts": [list(pair) for pair in made.counts], "average": made.average, "texts": []}
