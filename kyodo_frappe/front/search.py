"""The search of the public pages, and that of a login in the records that it may read.

The index finds the records; what is shown of them is read again through the rooms' public.py, so that a record which is not public
any more does not appear, even if the index still has it.
"""

from collections.abc import Iterable

import frappe
from frappe import _

from kyodo_frappe.common import fulltext
from kyodo_frappe.common.fulltext import Entry, Found
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.programme import form
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.rules import search_text
from kyodo_frappe.web import words as in_words
from kyodo_frappe.web.listing import asked_year, page_number, pages_of, query_text
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.words import with_query

ADDRESS, OWN_ADDRESS = "/kyodo/search", "/kyodo/my/search"
ROWS = 10  # on a page
FURTHEST = 100  # the last page that is shown
MOST_VALUES = 12  # of a facet
MOST_HINTS = 5
FACETS = (*fulltext.FACETS, fulltext.FIELD)
# records of the portal: {DocType: (kind, title, texts besides those of its form)}
OWN = {
	"Kyodo Proposal": ("proposals", "title", ()),
	"Kyodo Project": ("projects", "project_name", ("plan", "public_summary", "plain_summary")),
}
MOST_OWN = 300  # of each DocType, the latest


def search() -> dict:
	"""Return the context of the public search."""
	asked, words, short = _asked()
	chosen = _chosen()
	page = min(page_number(), FURTHEST)
	found = fulltext.search(words, chosen, (page - 1) * ROWS, ROWS)
	return {
		"title": _("Search: {0}").format(asked) if asked else _("Search"),
		"asked": asked,
		"short": short,
		"searched": bool(words),
		"count": found.count,
		"estimated": found.about,
		"rows": _rows(found, words),
		"facets": _facets(found, asked, chosen) if words else [],
		"chosen": _removable(asked, chosen),
		"hints": _hints(words, chosen) if words and not found.count else [],
		"pages": _pages(page, found.count, asked, chosen),
		"own_address": with_query(OWN_ADDRESS, q=asked),
	}


def own() -> dict:
	"""Return the context of the search in proposals and projects that the user may read, drafts included."""
	asked, words, short = _asked()
	rows = [row for doctype in OWN for row in _own_rows(doctype, words)] if words else []
	page = min(page_number(), FURTHEST)
	return {
		"title": _("Search in my records"),
		"asked": asked,
		"short": short,
		"searched": bool(words),
		"count": len(rows),
		"rows": rows[(page - 1) * ROWS : page * ROWS],
		"pages": pages_of(OWN_ADDRESS, page, len(rows), ROWS, q=asked),
		"public_address": with_query(ADDRESS, q=asked),
	}


def _asked() -> tuple[str, tuple[str, ...], bool]:
	"""(what was asked, its words that are searched, whether one was too short)"""
	asked = query_text("q").strip()
	words = search_text.words_of(asked)
	searched = tuple(word for word in words if search_text.is_searchable(word))
	return asked, searched, len(searched) < len(words)


def _chosen() -> dict[str, object]:
	"""Return {facet: value} of the address."""
	asked = {facet: query_text(facet) for facet in FACETS if query_text(facet)}
	if "year" in asked:
		asked["year"] = asked_year()
	return asked


# -- results ------------------------------------------------------------------------------------


def _rows(found: Found, words: tuple[str, ...]) -> list[dict]:
	"""Return the records of a page that are public and have the words, as they are now."""
	by_kind: dict[str, list[str]] = {}
	for kind, name in found.records:
		by_kind.setdefault(kind, []).append(name)
	entries = {(kind, entry.name): entry for kind, names in by_kind.items() for entry in fulltext.current(kind, names)}
	kinds = fulltext.kinds()
	return [
		_row(kinds[kind], entries[kind, name], words)
		for kind, name in found.records
		if (kind, name) in entries and search_text.has_all(entries[kind, name].letters, words)
	]


def _row(kind: fulltext.Kind, entry: Entry, words: tuple[str, ...]) -> dict:
	return frappe._dict(
		kind=_(kind.label),
		address=f"/kyodo/{kind.name}/{entry.name}",
		title=search_text.marked(entry.title, words),
		text=search_text.excerpt(entry.texts, words),
		programme=entry.programme,
		state=entry.state,
		year=entry.year,
		day=None if entry.year else entry.day,
		section=entry.section,
		place=entry.place,
	)


def _own_rows(doctype: str, words: tuple[str, ...]) -> list[dict]:
	kind, title, more = OWN[doctype]
	texts = [name for name in _own_texts(doctype, more) if name != title]
	records = frappe.get_list(
		doctype, fields=["name", title, "workflow_state", "fiscal_year", "programme", *texts], order_by="modified desc", limit=MOST_OWN
	)
	found = []
	for record in records:
		values = [str(record[name] or "") for name in texts]
		if search_text.has_all("\n".join(map(search_text.key_of, (record[title], *values))), words):
			entry = Entry(record.name, record[title] or record.name, tuple(filter(None, values)), record.programme, record.fiscal_year)
			found.append(_row(fulltext.kinds()[kind], entry, words))
			found[-1].update(address=f"/kyodo/my/{kind}/{record.name}", state=record.workflow_state)
	return found


def _own_texts(doctype: str, more: Iterable[str]) -> list[str]:
	"""Return the text fields of a DocType that its form asks for, and `more`, all open to every reader of the record."""
	meta = frappe.get_meta(doctype)
	asked = form.content_of(doctype) if doctype in form.FORMS.values() else ()
	fields = (meta.get_field(name) for name in dict.fromkeys((*asked, *more)))
	return [df.fieldname for df in fields if df and df.fieldtype in ("Data", *form.TEXTS) and not df.permlevel]


def _pages(page: int, count: int, asked: str, chosen: dict) -> dict:
	return pages_of(ADDRESS, page, min(count, FURTHEST * ROWS), ROWS, q=asked, **chosen)


# -- facets and hints ---------------------------------------------------------------------------


def _facets(found: Found, asked: str, chosen: dict) -> list[dict]:
	"""[{title, values: [{label, count, address}]}] of what a search that found several things can be narrowed by."""
	titles = _facet_titles()
	shown = []
	for facet in FACETS:
		counts = found.facets.get(facet, {})
		if facet in chosen or len(counts) < 2:
			continue
		values = sorted(counts.items(), key=lambda pair: -pair[0] if facet == "year" else -pair[1])[:MOST_VALUES]
		labels = _labels(facet)
		shown.append(
			{
				"title": titles[facet],
				"values": [
					{
						"label": labels.get(value) or _label(facet, value),
						"count": count,
						"address": with_query(ADDRESS, q=asked, **{**chosen, facet: value}),
					}
					for value, count in values
				],
			}
		)
	return shown


def _removable(asked: str, chosen: dict) -> list[dict]:
	"""[{title, label, address}] of what the search is narrowed by, with the address of the search without it."""
	titles = _facet_titles()
	return [
		{
			"title": titles[facet],
			"label": _labels(facet).get(value) or _label(facet, value),
			"address": with_query(ADDRESS, q=asked, **{other: chosen[other] for other in chosen if other != facet}),
		}
		for facet, value in chosen.items()
	]


def _facet_titles() -> dict[str, str]:
	return {
		"kind": _("Kind"),
		"programme": _("Programme"),
		"year": _("Fiscal Year"),
		"state": _("State"),
		"section": _("Section"),
		"place": _("Place"),
		"field": _("Field of Activity"),
	}


def _labels(facet: str) -> dict[str, str]:
	"""{value: its words} of a facet whose values are ids."""
	if facet == "kind":
		return {kind.name: _(kind.label) for kind in fulltext.kinds(fulltext.PUBLIC).values()}
	if facet == "programme":
		return {row.name: row.programme_name for row in programme_public.programmes()}
	return dict(organisation_public.activity_fields()) if facet == fulltext.FIELD else {}


def _label(facet: str, value: object) -> str:
	if facet == "year":
		return in_words.year(value) or query_text("year")  # what is no year, as it was asked
	return _(value) if facet == "state" else str(value)


def _hints(words: tuple[str, ...], chosen: dict) -> list[dict]:
	"""[{label, count, address}] of shorter searches that find something: fewer words, parts of a word, without what narrows it."""
	parts = words if len(words) > 1 else [part for word in words for part in _parts(word)]
	tried = dict.fromkeys([*([" ".join(words)] if chosen else []), *parts])
	hints = []
	for text in tried:
		if len(hints) < MOST_HINTS and (count := fulltext.how_many(search_text.words_of(text))):
			hints.append({"label": text, "count": count, "address": with_query(ADDRESS, q=text)})
	return hints


def _parts(word: str) -> list[str]:
	"""Return the halves of a long word, from the longest, of two letters at least."""
	lengths = range(min(len(word) - 1, 6), 1, -1)
	return [part for length in lengths for part in (word[:length], word[-length:])]


PAGES = (
	Page("search", "front/search", search),
	Page("my/search", "front/own_search", own),
)
