"""Programmes get the letters about a reserve, moving up and declining, and the messages about them; the words are those of a new row."""

import frappe

from kyodo_frappe.letters import wording
from kyodo_frappe.messages import rows, templates
from kyodo_frappe.programme import city_words, presets

LETTERS = ("Reserve", "Moved Up", "Declined")


def execute():
	templates.sync()
	for programme in frappe.get_all("Kyodo Programme", ["name", "preset"], order_by="name"):
		with presets.keep_mark(programme.preset, programme.name, "letter_numbering"):
			_add_letters(programme.name)
		_add_messages(programme.name)


def _add_letters(programme: str):
	doc = frappe.get_doc("Kyodo Programme", programme)
	there = {row.letter_type: row for row in doc.letter_numbering}
	like = there.get("Adopted") or frappe._dict()
	for letter_type in LETTERS:
		if letter_type not in there:
			sender = like.sender or (None if city_words.mayor(doc) else doc.municipality_name)
			values = {"letter_type": letter_type, "prefix": like.prefix or "第", "sender": sender}
			values |= {"print_format": like.print_format, "letter_head": like.letter_head}
			doc.append("letter_numbering", {**values, **wording.default_wordings()[letter_type]}).db_insert()
	frappe.clear_document_cache("Kyodo Programme", programme)


def _add_messages(programme: str):
	doc = frappe.get_doc("Kyodo Programme", programme)
	with presets.keep_mark(doc.preset, programme, "messages"):
		if rows.add_missing(doc):
			doc.update_children()
	frappe.clear_document_cache("Kyodo Programme", programme)
