"""Programmes ask for the term and the amounts per year, and get the letters and messages about a project's next year. They and the kept
versions of their rules are completed as they were meant until now: no rows by year or time; the next year after a mid-term look."""

import json

import frappe

from kyodo_frappe.letters import wording
from kyodo_frappe.messages import rows, templates
from kyodo_frappe.programme import form, presets, versions

PROGRAMME = "Kyodo Programme"
ASKED = {"term": "requested_amount", "yearly_amounts": "expenses"}  # {field: the field after which the form asks for it}
LETTERS = ("Next Year Confirmed", "Next Year Ended")
BOUND = {"years": 0, "year_terms": [], "next_year_after": "Mid-term Look"}


def execute():
	templates.sync()
	for programme in frappe.get_all(PROGRAMME, ["name", "preset", "next_year_after"], order_by="name"):
		if not programme.next_year_after:
			frappe.db.set_value(PROGRAMME, programme.name, "next_year_after", BOUND["next_year_after"], update_modified=False)
		for table, add in (("form_fields", _add_questions), ("letter_numbering", _add_letters), ("messages", rows.add_missing)):
			frappe.clear_document_cache(PROGRAMME, programme.name)
			doc = frappe.get_doc(PROGRAMME, programme.name)
			with presets.keep_mark(programme.preset, programme.name, table):
				if add(doc):
					doc.update_children()
			frappe.clear_document_cache(PROGRAMME, programme.name)
	for version in frappe.get_all(versions.VERSION, fields=["name", "rules"], order_by="name"):
		rules = json.loads(version.rules)
		if BOUND.keys() - rules.keys():
			versions.rewrite(version.name, {**BOUND, **rules})
	form.forget_content()


def _add_questions(programme) -> bool:
	there = [row.fieldname for row in programme.form_fields if row.form == "Proposal"]
	known = {row.fieldname: row for row in form.standard() if row.form == "Proposal"}
	missing = [field for field in ASKED if field not in there]
	for field in missing:
		row = programme.append("form_fields", {**known[field], "doctype": "Kyodo Form Field"})
		after = [one for one in programme.form_fields if one.form == "Proposal" and one.fieldname == ASKED[field]]
		if after:
			programme.form_fields.remove(row)
			programme.form_fields.insert(programme.form_fields.index(after[0]) + 1, row)
	for number, row in enumerate(programme.form_fields, 1):
		row.idx = number
	return bool(missing)


def _add_letters(programme) -> bool:
	there = {row.letter_type: row for row in programme.letter_numbering}
	like = there.get("Change Approved") or there.get("Adopted") or frappe._dict()
	missing = [letter_type for letter_type in LETTERS if letter_type not in there]
	for letter_type in missing:
		values = {"letter_type": letter_type, "prefix": like.prefix or "第", "sender": like.sender}
		values |= {"print_format": like.print_format, "letter_head": like.letter_head}
		programme.append("letter_numbering", {**values, **wording.default_wordings()[letter_type]})
	return bool(missing)
