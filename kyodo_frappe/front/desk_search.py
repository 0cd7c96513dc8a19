"""The search of the desk, in its bar and on the page 今日.

The index finds (`desk_search_kinds.py`), Frappe says which of the records the user may open, and only of these anything is shown.
"""

import frappe
from frappe import _

from kyodo_frappe.common import fulltext
from kyodo_frappe.permissions.roles import is_website_user
from kyodo_frappe.rules import search_text
from kyodo_frappe.web import words as in_words

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


def _readable(words: tuple[str, ...], most: int) -> list[tuple[fulltext.Kind, fulltext.Entry]]:
	"""Return what was found, as it is now, of the records that the user may open."""
	kinds = fulltext.kinds(fulltext.DESK)
	kept: list[tuple[fulltext.Kind, fulltext.Entry]] = []
	for number in range(BATCHES):
		page = fulltext.search(words, {}, number * BATCH, BATCH, fulltext.DESK).records
		entries = _current(page, kinds, most - len(kept), words)
		kept += entries
		if len(page) < BATCH or len(kept) >= most:
			break
	return kept


def _current(page: list[tuple[str, str]], kinds: dict, most: int, words: tuple[str, ...]) -> list[tuple[fulltext.Kind, fulltext.Entry]]:
	open_names = {
		doctype: _open_names(doctype, [name for kind, name in page if kind == doctype]) for doctype in {kind for kind, _n in page}
	}
	opened = [(kind, name) for kind, name in page if name in open_names[kind]][: most * 2]
	current = {
		(kind, entry.name): entry
		for kind in {kind for kind, _name in opened}
		for entry in fulltext.current(kind, [name for one, name in opened if one == kind])
	}
	rows = [(kinds[kind], current[kind, name]) for kind, name in opened if (kind, name) in current]
	return [row for row in rows if search_text.has_all(row[1].letters, words)][:most]


def _open_names(doctype: str, names: list[str]) -> set[str]:
	if not frappe.has_permission(doctype, "read"):
		return set()
	return set(frappe.get_list(doctype, {"name": ["in", names]}, pluck="name", order_by="name", limit=len(names)))


def _row(entry: fulltext.Entry, kind: fulltext.Kind, words: tuple[str, ...]) -> dict:
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
