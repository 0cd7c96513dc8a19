"""A city's own wording for phrases of pages, forms and messages, stored as Frappe Translations and managed in a report.

A Translation overrides ours wherever the phrase is used, for guests too. The report lists the phrases of the catalogue
(translations/ja.csv) and searches the code for the places where each is used.
"""

import csv
import re
import string
from functools import lru_cache
from pathlib import Path

import frappe
from frappe import _
from frappe.core.doctype.translation.translation import clear_user_translation_cache
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.permissions.errors import HTMLNotAllowed, TextTooLong
from kyodo_frappe.permissions.field_limits import has_tags
from kyodo_frappe.permissions.roles import MANAGER, require
from kyodo_frappe.web.errors import InvalidPlaceholders, UnknownPhrase
from kyodo_frappe.workflows.sync import STORE, record_created

TRANSLATION = "Translation"
MAX_LENGTH = 2000
SEARCHED = {".html": "templates", ".py": "", ".js": "", ".json": "kyodo_frappe/doctype"}
# files whose phrases citizens, organisations and members read
PAGE_FILES = re.compile(r"templates/kyodo/|web/|\w+/(\w+_)?(pages|actions)\.py")
_LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)+)"')
MAX_PLACES = 6


@lru_cache
def catalogue() -> dict[str, str]:
	"""Return {source: our Japanese} of the app's own phrases: the first, sorted block of the file."""
	path = _root() / "translations" / f"{RECORD_LANGUAGE}.csv"
	found, before = {}, ""
	with path.open(encoding="utf-8", newline="") as file:
		for row in csv.reader(file):
			if row[0] < before:
				break
			found[row[0]], before = row[1], row[0]
	return found


@lru_cache
def places() -> dict[str, tuple[str, ...]]:
	"""Return {source: (files that use it, those of pages first)}."""
	known, found = catalogue(), {}
	for ending, folder in SEARCHED.items():
		for path in sorted((_root() / folder).rglob(f"*{ending}")):
			where = str(path.relative_to(_root()))
			for text in _literals_in(path.read_text(encoding="utf-8")) & known.keys():
				found.setdefault(text, []).append(where)
	return {text: tuple(sorted(where, key=lambda one: not PAGE_FILES.match(one))) for text, where in found.items()}


def _literals_in(text: str) -> set[str]:
	literals = (re.sub(r"\\(.)", lambda one: "\n" if one[1] == "n" else one[1], found[1]) for found in _LITERAL.finditer(text))
	return {part.strip() for literal in literals for part in literal.split("\n")}


def _root() -> Path:
	return Path(frappe.get_app_path("kyodo_frappe"))


# -- the list -----------------------------------------------------------------------------------


def listed(filters: dict | None) -> tuple[list[dict], list[dict]]:
	"""Return (columns, rows) of the report.

	Filters: `text` (in any column), `pages` (only phrases of pages), `own` (only phrases that the city has reworded). Raises
	PermissionError unless the user is a manager.
	"""
	require(MANAGER)
	asked = frappe._dict(filters or {})
	own = city_wording()
	rows = [_row(source, ours, own.get(source, "")) for source, ours in catalogue().items()]
	rows = [row for row in rows if _is_wanted(row, asked)]
	return _columns(), rows


def city_wording() -> dict[str, str]:
	"""Return {source: the city's wording}."""
	asked = {"language": RECORD_LANGUAGE}
	rows = frappe.get_all(TRANSLATION, asked, ["source_text", "translated_text", "context"], order_by="creation")
	return {row.source_text: row.translated_text for row in rows if not row.context}


def _row(source: str, ours: str, own: str) -> dict:
	where = places().get(source, ())
	told = "、".join(where[:MAX_PLACES]) + ("…" if len(where) > MAX_PLACES else "")
	return {"source": source, "japanese": ours, "own": own, "places": told, "on_pages": int(any(map(PAGE_FILES.match, where)))}


def _is_wanted(row: dict, asked: dict) -> bool:
	text = str(asked.get("text") or "").casefold()
	return (
		(not cint(asked.get("pages")) or row["on_pages"])
		and (not cint(asked.get("own")) or bool(row["own"]))
		and (not text or any(text in row[column].casefold() for column in ("source", "japanese", "own", "places")))
	)


def _columns() -> list[dict]:
	column = lambda fieldname, label, width: {"fieldname": fieldname, "label": label, "fieldtype": "Data", "width": width}
	return [
		column("japanese", _("Standard Wording"), 320),
		column("own", _("City's Wording"), 320),
		column("places", _("Used In"), 280),
		column("source", _("Source Text"), 280),
	]


# -- wording --------------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def reword(source: str, text: str = "") -> str:
	"""Set the city's wording of a phrase, or restore ours if `text` is empty. Returns the wording now in force.

	Raises PermissionError unless the user is a manager, UnknownPhrase, and errors as `check_saved`.
	"""
	require(MANAGER)
	if source not in catalogue():
		frappe.throw(_("This phrase is not in the list. Please reload the page."), UnknownPhrase)
	text = str(text or "").strip()
	same = {"source_text": source, "language": RECORD_LANGUAGE, "context": ["is", "not set"]}
	names = frappe.get_all(TRANSLATION, same, pluck="name", order_by="creation")
	if not text or text == catalogue()[source]:
		for name in names:
			# Frappe reserves Translations for System Managers; `require` has checked our own role
			frappe.delete_doc(TRANSLATION, name, ignore_permissions=True)
		return catalogue()[source]
	doc = frappe.get_doc(TRANSLATION, names[0]) if names else frappe.new_doc(TRANSLATION)
	doc.update({"source_text": source, "language": RECORD_LANGUAGE, "translated_text": text})
	doc.save(ignore_permissions=True)  # as above
	if not names:
		record_created(TRANSLATION, doc.name)
	return text


def check_saved(doc: Document, method: str | None = None):
	"""Validate a Translation of one of our phrases on every save (hooks.py).

	Raises HTMLNotAllowed, TextTooLong, and InvalidPlaceholders for placeholders that nothing fills, which would break the
	page.
	"""
	source, text = doc.source_text or "", doc.translated_text or ""
	if source not in catalogue():
		return
	if has_tags(text):
		frappe.throw(_("Please write the phrase without HTML tags."), HTMLNotAllowed)
	if len(text) > MAX_LENGTH:
		frappe.throw(_("“{0}” is too long: at most {1} characters.").format(_("City's Wording"), f"{MAX_LENGTH:,}"), TextTooLong)
	_check_placeholders(_placeholders(source), _placeholders(text))


def clear_cache_after_transaction(doc: Document, method: str | None = None):
	"""Clear Frappe's cache of translations once more at the end of the transaction (hooks.py).

	Frappe clears it at once: a page served before the commit fills it with the former wording, and the transaction itself with
	one that may be rolled back.
	"""
	for at_end in (frappe.db.after_commit, frappe.db.after_rollback):
		at_end.add(lambda: clear_user_translation_cache(doc.language))


def _check_placeholders(wanted: set[str] | None, given: set[str] | None):
	"""Raise InvalidPlaceholders for braces that do not match or placeholders that the source does not have.

	`wanted` is None for a source whose own braces do not match; any placeholder is allowed then.
	"""
	if given is None or (wanted is not None and not given <= wanted):
		known = "、".join(sorted(f"{{{name}}}" for name in wanted or ()))
		frappe.throw(_("This phrase may contain only these placeholders in braces: {0}.").format(known or _("none")), InvalidPlaceholders)


def _placeholders(text: str) -> set[str] | None:
	"""Return the names of the placeholders in a text, or None if its braces do not match."""
	try:
		parts = list(string.Formatter().parse(text))
	except ValueError:
		return None
	if any(format_ or conversion for _text, name, format_, conversion in parts if name is not None):
		return None
	return {name for _text, name, _format, _conversion in parts if name is not None}


def remove():
	"""Delete the Translations that were created from the report, when the app is uninstalled."""
	key = f"created:{TRANSLATION}:"
	for row in frappe.get_all("DefaultValue", {"parent": STORE, "defkey": ["like", f"{key}%"]}, pluck="defkey", order_by="defkey"):
		# runs during uninstall, as Administrator
		frappe.delete_doc(TRANSLATION, row.removeprefix(key), force=True, ignore_permissions=True, ignore_missing=True)
