"""Letters that were issued before approvals get their state, and the key of their number; programmes get the messages about letters."""

import frappe

from kyodo_frappe.letters.numbers import key_of
from kyodo_frappe.messages import rows, templates
from kyodo_frappe.programme import presets

LETTER = "Kyodo Letter"
DEFAULTS = {"issuing": "At Once", "number_from": "This App"}


def execute():
	_issue_existing()
	for field, value in DEFAULTS.items():
		_fill("Kyodo Letter Numbering", field, value)
		_fill(LETTER, field, value)
	templates.sync()
	for programme in frappe.get_all("Kyodo Programme", pluck="name", order_by="name"):
		_add_messages(programme)


def _issue_existing():
	letter = frappe.qb.DocType(LETTER)
	frappe.qb.update(letter).set(letter.workflow_state, "Issued").where(
		letter.workflow_state.isnull() | (letter.workflow_state == "")
	).run()
	fields = ["name", "programme", "letter_number", "issued_on"]
	for row in frappe.get_all(LETTER, {"number_key": ["is", "not set"]}, fields, order_by="creation"):
		if key := key_of(row):
			frappe.db.set_value(LETTER, row.name, "number_key", key, update_modified=False)


def _fill(doctype: str, field: str, value: str):
	table = frappe.qb.DocType(doctype)
	frappe.qb.update(table).set(table[field], value).where(table[field].isnull() | (table[field] == "")).run()


def _add_messages(programme: str):
	doc = frappe.get_doc("Kyodo Programme", programme)
	with presets.keep_mark(doc.preset, programme, "messages"):
		if rows.add_missing(doc):
			doc.update_children()
	frappe.clear_document_cache("Kyodo Programme", programme)
