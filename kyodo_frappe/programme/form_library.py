"""The library of forms of collaboration and their clauses (`presets/library/clauses.json`), from which a programme is completed."""

import json
from functools import cache
from pathlib import Path

import frappe

FILE = ("presets", "library", "clauses.json")
FORM_COLUMNS = ("code", "form_name", "description", "needs_agreement", "money_word")
CLAUSE_COLUMNS = ("heading", "body", "is_minimum")


@cache
def library() -> dict:
	"""{forms: [{code, form_name, description, needs_agreement, money_word?, source}], clauses: [{heading, body, is_minimum, forms, source}]}.

	A clause with an empty `forms` belongs to every form. Not to be changed.
	"""
	return json.loads(Path(frappe.get_app_path("kyodo_frappe", *FILE)).read_text(encoding="utf-8"))


def form_row(code: str) -> dict | None:
	"""The row of a programme's forms for a form of the library; None for an unknown one."""
	form = next((row for row in library()["forms"] if row["code"] == code), None)
	return form and {column: form.get(column) for column in FORM_COLUMNS}


def clauses_of(code: str) -> list[dict]:
	"""The clauses of one form, in the order of an agreement."""
	return [row for row in library()["clauses"] if not row["forms"] or code in row["forms"]]


def lacking(clauses: list, code: str, only_here: bool) -> list[dict]:
	"""The rows of clauses that a programme lacks for a form.

	clauses: of the programme; only_here: whether it has other forms, which clauses for every form should not reach.
	"""
	held = {row.get("heading") for row in clauses if row.get("form_code") in (None, "", code)}
	return [
		{"form_code": code if clause["forms"] or only_here else "", **{column: clause[column] for column in CLAUSE_COLUMNS}}
		for clause in clauses_of(code)
		if clause["heading"] not in held
	]


def place_of(clause: dict, clauses: list) -> int:
	"""The index at which a clause goes into those of a programme: after those that precede it in the library."""
	order = list(dict.fromkeys(row["heading"] for row in library()["clauses"]))
	before = order[: order.index(clause["heading"])]
	return max((number for number, row in enumerate(clauses, 1) if row.get("heading") in before), default=0)
