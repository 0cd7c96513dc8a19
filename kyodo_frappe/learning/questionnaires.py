"""The questionnaire after an event: asked by mail, answered once, told as totals without names.

What somebody answered, and that they have, stands on a level that nobody reads: only the totals leave this file.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, now_datetime

from kyodo_frappe.learning import event_mail
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.rules.tally import tally
from kyodo_frappe.workflows.guard import by_service

REGISTRATION = event_registrations.REGISTRATION
SCALE = range(1, 6)
LONGEST = 2000


def ask(event: Document):
	"""Mail the link to everybody who had a place and was not absent; once. The caller has checked who is asking."""
	if not event.questions or event.asked_on:
		return
	event.asked_on = now_datetime().replace(microsecond=0)
	with by_service(event):
		event.save()
	for registration in event_registrations.of(event.name, (event_registrations.PLACE,)):
		if registration.attendance != "Absent":
			event_mail.tell("Event Questions", event, registration)


def may_answer(event: Document, registration: Document) -> bool:
	"""Whether this one is asked and has not answered yet."""
	return bool(
		event.state == "Held"
		and event.asked_on
		and registration.state == event_registrations.PLACE
		and registration.attendance != "Absent"
		and not registration.answered_on
	)


def answer(key: str, answers: dict[int, str]) -> Document:
	"""Keep the answers {row of the questionnaire: text} of who holds the link's key; once.

	Raises ValidationError: a link that is not good, answered already, nothing answered, no such choice.
	"""
	registration = event_registrations.by_key(key)
	if registration is None:
		frappe.throw(_("This link is no longer valid."))
	event = frappe.get_doc(event_registrations.EVENT, registration.event)
	# two clicks at once: the second waits here and finds the answers
	registration = frappe.get_doc(REGISTRATION, registration.name, for_update=True)
	if not may_answer(event, registration):
		frappe.throw(_("You have answered already, or this questionnaire is closed."))
	given = [(row.question, text) for row in event.questions if (text := _checked(row, answers.get(row.idx)))]
	if not given:
		frappe.throw(_("Please answer at least one question."))
	registration.answered_on = now_datetime().replace(microsecond=0)
	for question, text in given:
		registration.append("answers", {"question": question, "answer": text})
	before = {"modified": registration.modified, "modified_by": registration.modified_by}
	with by_service(registration):
		registration.save(ignore_permissions=True)  # who holds the key of the link has registered
	# whoever watches the totals would see from the moment of the last change whose answers came in
	registration.db_set(before, update_modified=False)
	return registration


def _checked(question: Document, text: str | None) -> str | None:
	text = (text or "").strip()
	if not text:
		return None
	choices = {"Scale": [str(mark) for mark in SCALE], "Choice": choices_of(question)}.get(question.kind)
	if choices is not None and text not in choices:
		frappe.throw(_("“{0}”: please choose one of the answers.").format(question.question))
	if len(text) > LONGEST:
		frappe.throw(_("“{0}” is too long: at most {1} characters.").format(question.question, LONGEST))
	return text


def choices_of(question: Document) -> list[str]:
	"""The answers that a question lets choose, in order."""
	return [line.strip() for line in (question.choices or "").splitlines() if line.strip()]


@frappe.whitelist(methods=["GET"])
def totals(event: str) -> dict:
	"""{asked, answered, questions: [{question, kind, count, counts: [[value, number]], average, texts}]}: for those who
	organise the event. Texts in the order of their words, which tells nothing of who wrote them. Raises PermissionError."""
	doc = event_registrations.check_organiser(event)
	registrations = frappe.get_all(
		REGISTRATION,
		{"event": doc.name, "state": event_registrations.PLACE},
		["name", "attendance", "answered_on"],
		order_by="name",
	)
	answered = [row.name for row in registrations if row.answered_on]
	rows = frappe.get_all(
		"Kyodo Event Answer",
		{"parenttype": REGISTRATION, "parent": ["in", answered or [""]]},
		["question", "answer"],
		order_by="answer asc",
	)
	return {
		"asked": sum(row.attendance != "Absent" for row in registrations) if doc.asked_on else 0,
		"answered": len(answered),
		"questions": [_total(row, [each.answer for each in rows if each.question == row.question]) for row in doc.questions],
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
