"""The search of the desk, in its bar and on the page 今日.

The index finds records (`desk_search_kinds.py`); only those that Frappe lets the user open are shown.
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
AT_ONCE = 40  # records that are read at once
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
		page = fulltext.search(words, {}, number * BATCH, BATCH, fulltext.DESK)
		_keep_current(kept, _ranked(_open_records(page.records), page.titles, words), words, most)
		if len(page.records) < BATCH or len(kept) >= most:
			break
	rows = kept.values()
	return sorted(rows, key=lambda row: _rank(row[0].doctype, search_text.key_of(row[1].title), words))[:most]


def _rank(doctype: str, title: str, words: tuple[str, ...]) -> tuple[int, int]:
	"""The place of a record among those found: its title is what was asked for, has all words, or has not; then by kind."""
	asked = 0 if title == "".join(words) else 1 if search_text.has_all(title, words) else 2
	return asked, ORDER.index(doctype) if asked < 2 else 0


def _ranked(records: list[tuple[str, str]], titles: dict[tuple[str, str], str], words: tuple[str, ...]) -> list[tuple[str, str]]:
	"""Return records of the index in the order of their titles there, otherwise as they are."""
	kinds = fulltext.kinds(fulltext.DESK)
	return sorted(records, key=lambda record: _rank(kinds[record[0]].doctype, titles[record], words))


def _keep_current(kept: dict, records: list[tuple[str, str]], words: tuple[str, ...], most: int):
	"""Read records, some at a time, and keep those that still have the words, until there are enough of them."""
	kinds = fulltext.kinds(fulltext.DESK)
	for begin in range(0, len(records), AT_ONCE):
		if len(kept) >= most:
			return
		some = records[begin : begin + AT_ONCE]
		entries = {(kind, entry.name): entry for kind, names in _by_kind(some).items() for entry in fulltext.current(kind, names)}
		for kind, name in some:
			entry = entries.get((kind, name))
			if entry and search_text.has_all(entry.letters, words):
				kept.setdefault((kinds[kind].doctype, name), (kinds[kind], entry))


def _by_kind(records: list[tuple[str, str]]) -> dict[str, list[str]]:
	names: dict[str, list[str]] = {}
	for kind, name in records:
		names.setdefault(kind, []).append(name)
	return names


def _open_records(records: list[tuple[str, str]]) -> list[tuple[str, str]]:
	"""Return those of the records that the user may open, in their order."""
	kinds = fulltext.kinds(fulltext.DESK)
	opened = {kind: _open_names(kinds[kind], names) for kind, names in _by_kind(records).items()}
	return [(kind, name) for kind, name in records if name in opened[kind]]


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
