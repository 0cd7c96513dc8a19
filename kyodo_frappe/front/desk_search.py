"""The search of the desk, in its bar and on the page 今日.

The index finds (`desk_search_kinds.py`), Frappe says which of the records the user may open, and only of these anything is shown.
"""

import frappe
from frappe import _

from kyodo_frappe.common import fulltext
from kyodo_frappe.common.fulltext import Entry, Kind
from kyodo_frappe.front.desk_search_kinds import SEARCHED, level_of
from kyodo_frappe.permissions import hooks
from kyodo_frappe.permissions.roles import is_website_user
from kyodo_frappe.rules import search_text
from kyodo_frappe.web import words as in_words

ORDER = tuple(SEARCHED)  # of kinds whose titles have the words
MOST = 30  # rows of an answer
BATCH, BATCHES = 150, 6  # what the index has found and somebody may not open is passed over, up to this many


@frappe.whitelist(methods=["GET"])
def find(text: str, limit: int = 20) -> dict:
	"""Return {rows, more, short} of the records that have all words of a text, those with a word in their title first, then the latest.

	rows: [{doctype, name, kind, title, text, state, year}], `title` and `text` as [(part, whether it was asked for)]; more: whether there may
	be more; short: whether a word was too short to be searched. Raises PermissionError for those who do not work at the desk.
	"""
	if frappe.session.user == "Guest" or is_website_user(frappe.session.user):
		raise frappe.PermissionError
	asked = search_text.words_of(text)
	words = tuple(word for word in asked if search_text.is_searchable(word))
	most = max(1, min(limit, MOST))
	found = _readable(words, most + 1) if words else []
	return {"rows": [_row(entry, kind, words) for kind, entry in found[:most]], "more": len(found) > most, "short": len(words) < len(asked)}


def _readable(words: tuple[str, ...], most: int) -> list[tuple[Kind, Entry]]:
	"""Return what was found, as it is now, of the records that the user may open, each once."""
	kept: dict[tuple[str, str], tuple[Kind, Entry]] = {}
	for number in range(BATCHES):
		page = fulltext.search(words, {}, number * BATCH, BATCH, fulltext.DESK).records
		for kind, entry in _current(page, words):
			kept.setdefault((kind.doctype, entry.name), (kind, entry))
		if len(page) < BATCH or len(kept) >= most:
			break
	return sorted(kept.values(), key=lambda row: _rank(row, words))[:most]


def _rank(row: tuple[Kind, Entry], words: tuple[str, ...]) -> tuple[int, int]:
	"""The place of a record among those found: its title is what was asked for, has all words, or has not; then by kind."""
	kind, entry = row
	title = search_text.key_of(entry.title)
	asked = 0 if title == "".join(words) else 1 if search_text.has_all(title, words) else 2
	return asked, ORDER.index(kind.doctype) if asked < 2 else 0


def _current(page: list[tuple[str, str]], words: tuple[str, ...]) -> list[tuple[Kind, Entry]]:
	"""Return the records of a page of the index that the user may open and that still have the words, in its order."""
	kinds = fulltext.kinds(fulltext.DESK)
	names: dict[str, list[str]] = {}
	for kind, name in page:
		names.setdefault(kind, []).append(name)
	entries = {
		(kind, entry.name): entry for kind in names for entry in fulltext.current(kind, sorted(_open_names(kinds[kind], names[kind])))
	}
	rows = [(kinds[kind], entries[kind, name]) for kind, name in page if (kind, name) in entries]
	return [row for row in rows if search_text.has_all(row[1].letters, words)]


def _open_names(kind: Kind, names: list[str]) -> set[str]:
	if not frappe.has_permission(kind.doctype, "read"):
		return set()
	if level := level_of(kind.name):
		names = _names_with_level(kind.doctype, names, level)
	if not names:
		return set()
	return set(frappe.get_list(kind.doctype, {"name": ["in", names]}, pluck="name", order_by="name", limit=len(names)))


def _names_with_level(doctype: str, names: list[str], level: int) -> list[str]:
	"""Return those of the records in which the user may read a permission level."""
	if frappe.session.user == "Administrator":
		return names
	opened = hooks.criterion(doctype, frappe.session.user, "read", level)
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.name).orderby(table.name)
	return query.where(opened & table.name.isin(names)).run(pluck=True) if opened is not None else []


def _row(entry: Entry, kind: Kind, words: tuple[str, ...]) -> dict:
	title = search_text.marked(entry.title, words)
	text = search_text.excerpt(entry.texts, words)
	return {
		"doctype": kind.doctype,
		"name": entry.name,
		"kind": _(kind.label),
		"title": title,
		"text": text if any(is_marked for _part, is_marked in text) else [],
		"state": _(entry.state) if entry.state else "",
		"year": in_words.year(entry.year) if entry.year else "",
	}
