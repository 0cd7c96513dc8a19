"""The wording of each type of letter: rows of the programme, checked when saved and filled in when printed.

A letter uses only the row of its own type. `wordings.json` holds the text of new rows. Sources: design.md §1 "how a
letter looks"; 鎌倉 2(2)表2 (通知).
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.letters.errors import DuplicateWording, InvalidWording, MissingWording
from kyodo_frappe.web import papers

TEXT_FIELDS = ("subject", "opening", "items", "again", "closing")
TOKEN = re.compile(r"\{(\w+)\}")
CONTINUED = "\n　"  # a line that continues the entry above it
# copied from the row to the letter when it is issued
COPIED_FIELDS = (*TEXT_FIELDS, "sender", "print_format", "letter_head", "issuing", "number_from")
AT_ONCE, BY_HAND = "At Once", "By Hand"


@lru_cache
def default_wordings() -> dict[str, dict[str, str]]:
	"""Return {letter type: {field: text}} for new rows."""
	return json.loads((Path(__file__).parent / "wordings.json").read_text(encoding="utf-8"))


def fill_new_rows(programme: Document):
	"""Fill the empty texts of new rows; a text that is emptied later stays empty."""
	before = programme.get_doc_before_save()
	existing = {row.name for row in before.letter_numbering} if before else set()
	for row in programme.letter_numbering:
		if row.name not in existing:
			row.update({field: text for field, text in default_wordings().get(row.letter_type, {}).items() if not row.get(field)})


def check_rows(programme: Document, tokens: set[str]):
	"""Check the rows of a programme.

	Raises InvalidWording for two rows of one type, an unknown token, a print format that does not print letters, or letters
	that are issued at once but wait for a number from outside.
	"""
	seen = set()
	for row in programme.letter_numbering:
		if row.letter_type in seen:
			frappe.throw(_("Letters: there are two rows for “{0}”. Please keep one.").format(_(row.letter_type)), DuplicateWording)
		seen.add(row.letter_type)
		for field in TEXT_FIELDS:
			_check_tokens(row, field, tokens)
		_check_print_format(row)
		_check_issuing(row)


def _check_issuing(row: Document):
	if (row.issuing or AT_ONCE) == AT_ONCE and row.number_from == "Document System":
		frappe.throw(
			_("Letters, “{0}”: a letter whose number is typed from the document system cannot be issued at once.").format(
				_(row.letter_type)
			),
			InvalidWording,
		)


def _check_tokens(row: Document, field: str, tokens: set[str]):
	unknown = [token for token in TOKEN.findall(row.get(field) or "") if token not in tokens]
	if unknown:
		frappe.throw(
			_("Letters, “{0}”, {1}: “{2}” is not a placeholder. You can use: {3}").format(
				_(row.letter_type),
				_(row.meta.get_label(field)),
				f"{{{unknown[0]}}}",
				" ".join(f"{{{token}}}" for token in sorted(tokens)),
			),
			InvalidWording,
		)


def _check_print_format(row: Document):
	if row.print_format and not papers.prints(row.print_format, {"Kyodo Letter"}):
		frappe.throw(
			_("Letters, “{0}”: the print format “{1}” is not a custom HTML format for letters.").format(
				_(row.letter_type), frappe.utils.escape_html(row.print_format)
			),
			InvalidWording,
		)


def find_row(programme: Document, letter_type: str) -> Document | None:
	"""Return the row of a letter type, or None."""
	return next((row for row in programme.letter_numbering if row.letter_type == letter_type), None)


def require_row(programme: Document, letter_type: str) -> Document:
	"""Return the row of a letter type. Raises MissingWording if the programme has none."""
	row = find_row(programme, letter_type)
	if row is None:
		frappe.throw(
			_("The programme “{0}” has no wording for the letter “{1}”. Please add a row for it under “{2}”.").format(
				programme.programme_name, _(letter_type), _(programme.meta.get_label("letter_numbering"))
			),
			MissingWording,
		)
	return row


def copied(row: Document) -> dict:
	"""Return what a letter takes over from the row of its type; without a letter head of its own the site's default one."""
	default = None if row.letter_head else frappe.db.get_value("Letter Head", {"is_default": 1, "disabled": 0}, order_by="creation")
	return {**{field: row.get(field) for field in COPIED_FIELDS}, "letter_head": row.letter_head or default}


# -- filling in ------------------------------------------------------------------------------


def fill(text: str | None, value_of: Callable[[str], str | None]) -> str:
	"""Replace {tokens} by their values; unknown tokens stay, so that the clerk sees them."""

	def put(found: re.Match) -> str:
		value = value_of(found[1])
		return found[0] if value is None else str(value)

	return TOKEN.sub(put, text or "")


def lines(text: str | None, value_of: Callable[[str], str | None]) -> list[str]:
	"""Return the lines of a text, filled in, without lines in which a token is empty."""
	found = []
	for line in (text or "").splitlines():
		if all(value_of(token) != "" for token in TOKEN.findall(line)):
			found += [part.strip() for part in fill(line, value_of).splitlines() if part.strip()]
	return found


def items(text: str | None, value_of: Callable[[str], str | None]) -> list[dict]:
	"""Return the list under 記 as [{label, lines}], from lines `label：text`, without those in which a token is empty.

	A line that begins with a space continues the entry above it.
	"""
	found = []
	for line in (text or "").splitlines():
		if line[:1].isspace() and found:
			found[-1]["lines"] += lines(line, value_of)
			continue
		label, _colon, rest = line.replace(":", "：", 1).partition("：") if "：" not in line else line.partition("：")
		if filled := lines(rest, value_of):
			found.append({"label": fill(label, value_of).strip(), "lines": filled})
	return found


def items_text(entries: list[dict]) -> str:
	"""Return entries under 記 as the text that `items` reads."""
	return "\n".join(entry["label"] + "：" + CONTINUED.join(entry["lines"]) for entry in entries)
