"""Lists under 記 and paragraphs on proposing again, which stood in the app's code, become words of the programme; letters that
were issued keep them. Two types had words of the app's own where a programme had no row: now they are rows."""

import frappe

from kyodo_frappe.letters import wording
from kyodo_frappe.programme import presets


def execute():
	for programme in frappe.get_all("Kyodo Programme", ["name", "preset"], order_by="name"):
		with presets.keep_mark(programme.preset, programme.name, "letter_numbering"):
			_fill(programme.name)
	for letter_type, texts in wording.default_wordings().items():
		kept = {field: texts[field] for field in ("items", "again") if field in texts}
		names = frappe.get_all("Kyodo Letter", {"letter_type": letter_type, "items": ["is", "not set"]}, pluck="name", order_by="name")
		if names:
			frappe.db.set_value("Kyodo Letter", {"name": ["in", names]}, kept, update_modified=False)


def _fill(programme: str):
	doc = frappe.get_doc("Kyodo Programme", programme)
	there = {row.letter_type: row for row in doc.letter_numbering}
	for letter_type, texts in wording.default_wordings().items():
		if row := there.get(letter_type):
			missing = {field: texts[field] for field in ("items", "again") if field in texts and not row.get(field)}
			if missing:
				row.db_set(missing, update_modified=False)
		elif "subject" in texts:  # the app had words for these
			general = there.get("Result") or frappe._dict()
			prefix, sender = general.prefix or "第", general.sender or doc.municipality_name
			doc.append("letter_numbering", {"letter_type": letter_type, "prefix": prefix, "sender": sender, **texts}).db_insert()
	frappe.clear_document_cache("Kyodo Programme", programme)
