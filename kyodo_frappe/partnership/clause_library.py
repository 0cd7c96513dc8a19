"""The library of clauses by form of collaboration (`presets/library/clauses.json`), from which a city can complete its own."""

import json
from pathlib import Path

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.permissions.roles import MANAGER, require

FILE = ("presets", "library", "clauses.json")
FORM_COLUMNS = ("code", "form_name", "description", "needs_agreement")


def library() -> dict:
	"""{forms: [{code, form_name, description, needs_agreement, source}], clauses: [{heading, body, is_minimum, forms, source}]}.

	A clause with an empty `forms` belongs to every form.
	"""
	return json.loads(Path(frappe.get_app_path("kyodo_frappe", *FILE)).read_text(encoding="utf-8"))


def clauses_of(code: str) -> list[dict]:
	"""The clauses of one form, in the order of an agreement."""
	return [row for row in library()["clauses"] if not row["forms"] or code in row["forms"]]


@frappe.whitelist(methods=["GET"])
def forms() -> list:
	"""[{code, form_name, description, needs_agreement, source, headings}] of the library. Raises PermissionError."""
	require(MANAGER)
	return [{**form, "headings": [row["heading"] for row in clauses_of(form["code"])]} for form in library()["forms"]]


@frappe.whitelist(methods=["POST"])
def take_form(programme: str, code: str) -> dict:
	"""Add a form of the library to a programme, with the clauses that the programme lacks for it.

	The city's own forms and clauses are left alone. Returns {"form": whether it was added, "clauses": [headings added]}. Raises
	PermissionError, ValidationError for an unknown form.
	"""
	require(MANAGER)
	doc = frappe.get_doc("Kyodo Programme", programme)
	doc.check_permission("write")
	form = _library_form(code)
	only_here = bool(doc.forms)
	taken = code not in {row.code for row in doc.forms}
	if taken:
		doc.append("forms", {column: form[column] for column in FORM_COLUMNS})
	lacking = _missing_clauses(doc, code)
	for clause in lacking:
		_insert_clause(doc, clause, code if clause["forms"] or only_here else "")
	if taken or lacking:
		doc.save()
	return {"form": taken, "clauses": [clause["heading"] for clause in lacking]}


def _library_form(code: str) -> dict:
	form = next((row for row in library()["forms"] if row["code"] == code), None)
	if form is None:
		frappe.throw(_("The library has no form “{0}”.").format(code))
	return form


def _missing_clauses(programme: Document, code: str) -> list[dict]:
	held = {row.heading for row in programme.clauses if row.form_code in (None, "", code)}
	return [clause for clause in clauses_of(code) if clause["heading"] not in held]


def _insert_clause(programme: Document, clause: dict, code: str):
	"""Insert a clause after those that precede it in the library, so that an agreement keeps its usual order."""
	order = list(dict.fromkeys(row["heading"] for row in library()["clauses"]))
	before = order[: order.index(clause["heading"])]
	place = max((row.idx for row in programme.clauses if row.heading in before), default=0)
	values = {"form_code": code, **{column: clause[column] for column in ("heading", "body", "is_minimum")}}
	rows = list(programme.clauses)
	rows.insert(place, programme.append("clauses", values))
	programme.clauses = rows
	for number, row in enumerate(rows, start=1):
		row.idx = number
