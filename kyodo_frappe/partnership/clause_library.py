"""The library of clauses by form of collaboration (`presets/library/clauses.json`), from which a city can complete its own."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common.errors import InvalidChoice
from kyodo_frappe.permissions.roles import MANAGER, require
from kyodo_frappe.programme.form_library import clauses_of, form_row, lacking, library, place_of


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
	row = form_row(code)
	if row is None:
		frappe.throw(_("The library has no form “{0}”.").format(code), InvalidChoice)
	only_here = bool(doc.forms)
	taken = code not in {row.code for row in doc.forms}
	if taken:
		doc.append("forms", row)
	clauses = lacking(doc.clauses, code, only_here)
	for clause in clauses:
		_insert_clause(doc, clause)
	if taken or clauses:
		doc.save()
	return {"form": taken, "clauses": [clause["heading"] for clause in clauses]}


def _insert_clause(programme: Document, clause: dict):
	rows = list(programme.clauses)
	rows.insert(place_of(clause, rows), programme.append("clauses", clause))
	programme.clauses = rows
	for number, row in enumerate(rows, start=1):
		row.idx = number
