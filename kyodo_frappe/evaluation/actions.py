"""Endpoints of the evaluation pages in the portal: marks, dialogue, agreement to its record.

Each one answers a plain form with a redirect (web/forms.py). The rules are in evaluation/rounds.py and
evaluation/dialogue.py and hold over REST as well.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common.errors import InvalidNumber
from kyodo_frappe.evaluation import dialogue as evaluation_talk
from kyodo_frappe.evaluation import rounds as evaluations
from kyodo_frappe.web import forms
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.records import check_writer, current_time, readable
from kyodo_frappe.workflows.guard import move


def _sheet_page(name: str = "", evaluation_round: str = "", **_rest) -> str:
	return evaluations.address_of(evaluation_round)


def _round_page(evaluation: str = "", item_code: str = "", **_rest) -> str:
	return evaluations.address_of(evaluation)


def _years_page(project: str = "", **_rest) -> str:
	return f"/kyodo/my/projects/{project}/evaluations"


# -- marks ---------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_sheet_page)
def save_evaluation(name: str, evaluation_round: str = "", then: str = "save", comment: str = "", form: str = "", **given: str):
	"""Save or submit (`then`: submit) the marks of one's own side. `name`: of the sheet."""
	doc = _keep_marks(name, comment, given)
	address = evaluations.address_of(doc.evaluation_round)
	if then != "submit":
		return _("Saved at {0}.").format(current_time()), address
	frappe.db.savepoint(forms.SAVEPOINT)
	marks = {row.item_code: {"mark": row.mark, "reason": row.reason} for row in doc.marks}
	if evaluations.submit_sheet(name, marks, doc.comment or "")["state"] == "Open":
		return _("Your evaluation has been submitted. You will see the other side's once it has been submitted too."), address
	return _("Both evaluations have been submitted. Please look at where they differ and discuss it."), address


@frappe.whitelist(methods=["POST"])
def autosave_evaluation(name: str, comment: str = "", writer: str = "", **given: str) -> dict:
	"""Save marks while they are being entered. Returns {at, modified}. Raises PermissionError, ValidationError."""
	check_writer(writer)
	doc = _keep_marks(name, comment, given)
	return {"at": current_time(), "modified": str(doc.modified)}


def _keep_marks(name: str, comment: str, given: dict) -> Document:
	doc = evaluations.own_sheet(name)
	answers = {}
	for row in doc.marks:
		typed, reason = given.get(f"mark-{row.item_code}"), given.get(f"reason-{row.item_code}")
		answer = {}
		if typed is not None:
			answer["mark"] = forms.parse(row.meta.get_field("mark"), typed) or 0
		if reason is not None:
			answer["reason"] = forms.parse(row.meta.get_field("reason"), reason.strip())
		answers[row.item_code] = answer
	evaluations.apply_marks(doc, answers, forms.parse(doc.meta.get_field("comment"), comment.strip()))
	doc.save()
	return doc


# -- talk ----------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_round_page)
def save_talk(evaluation: str, item_code: str, talk: str = "", seen: str = "", form: str = ""):
	"""Save the notes of the dialogue about an item."""
	evaluation_talk.note_talk(evaluation, item_code, talk, seen)
	return _("Saved at {0}.").format(current_time()), evaluations.address_of(evaluation), f"t-{item_code}"


@frappe.whitelist(methods=["POST"])
@answers_form(_round_page)
def save_record(evaluation: str, dialogue: str = "", talked_on: str = "", seen: str = "", form: str = ""):
	"""Save the record of the dialogue."""
	evaluation_talk.write_record(evaluation, dialogue, seen, talked_on)
	text = _("The record has been saved. Please ask the other side to read it and agree to it.")
	return text, evaluations.address_of(evaluation), "h-record"


@frappe.whitelist(methods=["POST"])
@answers_form(_round_page)
def agree_to_record(evaluation: str, digest: str = "", form: str = ""):
	"""Agree to the record for one's side. `digest`: of the record that was read."""
	agreed = evaluation_talk.agree_to_record(evaluation, digest)
	text = _("Your side has agreed to the record. Thank you.")
	if all(agreed.values()):
		text = _("Both sides have agreed to the record.")
	return text, evaluations.address_of(evaluation), "h-record"


@frappe.whitelist(methods=["POST"])
@answers_form(_round_page)
def conclude(evaluation: str, form: str = ""):
	"""Conclude the dialogue, for the section in charge, once both sides agree to its record."""
	move(readable(evaluations.ROUND, evaluation), "Conclude Dialogue")
	return _("The dialogue is concluded. The committee will consider the result next."), evaluations.address_of(evaluation)


# -- rounds --------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_years_page)
def open_evaluation(project: str, fiscal_year: str = "", phase: str = "", form: str = ""):
	"""Open a round, for the city."""
	name = evaluations.open_round(project, _year(fiscal_year), phase)
	return _(
		"The evaluation is open. Both sides can evaluate now; neither sees the other's marks before both have submitted."
	), evaluations.address_of(name)


@frappe.whitelist(methods=["POST"])
@answers_form(_years_page)
def ask_for_evaluation(project: str, fiscal_year: str = "", phase: str = "", form: str = ""):
	"""Ask the section in charge to open a round, for the organisation."""
	evaluations.ask_for_round(project, _year(fiscal_year), phase)
	return _("The section in charge has been asked to open the evaluation."), _years_page(project)


def _year(typed: str) -> int:
	df = frappe.get_meta(evaluations.ROUND).get_field("fiscal_year")
	if not (year := forms.parse(df, typed)):
		frappe.throw(_("Please enter the fiscal year, for example 2026."), InvalidNumber)
	return year
