"""What logins of the desk search, by DocType: titles, numbers, names and all texts that every reader of a record may read.

Texts of a closed permission level are records of their own in the index (CLOSED): who may read a record need not know its minutes or members.
The index only finds; whether somebody may open what was found is asked of Frappe each time (`desk_search.py`).
"""

from collections.abc import Callable, Iterator

import frappe
from frappe.model.document import Document
from frappe.model.meta import Meta
from frappe.utils import cint

from kyodo_frappe.common import fulltext
from kyodo_frappe.common.fulltext import Entry, Kind
from kyodo_frappe.common.markup import to_text
from kyodo_frappe.rules.textkeys import spellings

ORGANISATION = "Kyodo Organisation"
TEXTS = ("Data", "Small Text", "Text", "Long Text")
RICH_TEXTS = ("Text Editor", "HTML Editor")
KEYS = ("search_key", "name_key", "key_hash", "content_hash", "plan_digest")
# {DocType: (the day of which it is, tables whose texts are searched, too)}
SEARCHED: dict[str, tuple[str, tuple[str, ...]]] = {
	"Kyodo Proposal": ("submitted_on", ()),
	"Kyodo Project": ("from_date", ("people",)),
	ORGANISATION: ("registered_on", ("members",)),
	"Kyodo Meeting": ("meeting_date", ("agenda", "attendance")),
	"Kyodo Decision": ("decided_on", ()),
	"Kyodo Letter": ("issued_on", ()),
	"Kyodo Agreement": ("effective_from", ("parties",)),
	"Kyodo Report": ("submitted_on", ()),
	"Kyodo Plan Change": ("submitted_on", ()),
	"Kyodo Open Point": ("creation", ()),
	"Kyodo Progress Note": ("note_date", ()),
	"Kyodo Consultation": ("held_on", ()),
	"Kyodo Change Notice": ("submitted_on", ()),
	"Kyodo Call": ("opens_on", ()),
	"Kyodo Call Enquiry": ("asked_on", ()),
	"Kyodo Committee": ("creation", ("members",)),
	"Kyodo Event": ("held_on", ()),
	"Kyodo Page": ("modified", ()),
	"Kyodo Service Screening": ("answered_on", ()),
	"Kyodo Support Case": ("received_on", ()),
	"Kyodo Need": ("creation", ()),
	"Kyodo Resource Person": ("creation", ()),
}
# DocTypes whose texts of permission level 1 are searched by those who have it
CLOSED_LEVEL = 1
CLOSED = (
	*("Kyodo Meeting", ORGANISATION, "Kyodo Project", "Kyodo Call Enquiry", "Kyodo Support Case", "Kyodo Need"),
	"Kyodo Resource Person",
)
FACETS = {"programme": "programme", "year": "fiscal_year", "state": "workflow_state", "section": "section"}


def _entries_of(doctype: str, level: int) -> Callable[[list[str]], list[Entry]]:
	return lambda names: list(_entries(doctype, names, level))


def _entries(doctype: str, names: list[str], level: int) -> Iterator[Entry]:
	meta, (day, tables) = frappe.get_meta(doctype), SEARCHED[doctype]
	fields = texts_of(meta, level)
	facets = {facet: fieldname for facet, fieldname in FACETS.items() if meta.has_field(fieldname)}
	further = ["organisation"] if meta.has_field("organisation") else []
	asked = dict.fromkeys(("name", day, *fields, *facets.values(), *further, *([meta.title_field] if meta.title_field else [])))
	rows = frappe.get_all(doctype, {"name": ["in", names]}, list(asked), order_by="name")
	beside = _table_texts(meta, [table for table in tables if cint(meta.get_field(table).permlevel) == level], names)
	organisations = _names_of_organisations([row.organisation for row in rows if row.get("organisation")])
	for row in rows:
		own_name = (row.get("organisation_name") if meta.has_field("organisation_name") else "") or organisations.get(
			row.get("organisation"), ""
		)
		texts = [_plain(meta, fieldname, row[fieldname]) for fieldname in fields if fieldname != meta.title_field]
		yield Entry(
			name=row.name,
			title=str(row.get(meta.title_field) or row.name),
			texts=tuple(filter(None, dict.fromkeys([own_name, *texts, *beside.get(row.name, [])]))),
			also=(row.name, *(spellings(own_name) if own_name else ())),
			day=row[day],
			**{facet: row[fieldname] for facet, fieldname in facets.items()},
		)


def texts_of(meta: Meta, level: int = 0) -> list[str]:
	"""Return the text fields of a DocType on a permission level."""
	return [
		df.fieldname
		for df in meta.fields
		if df.fieldtype in (*TEXTS, *RICH_TEXTS) and cint(df.permlevel) == level and df.fieldname not in KEYS and not cint(df.is_virtual)
	]


def _plain(meta: Meta, fieldname: str, value) -> str:
	return to_text(value or "") if meta.get_field(fieldname).fieldtype in RICH_TEXTS else str(value or "")


def _table_texts(meta: Meta, tables: list[str], names: list[str]) -> dict[str, list[str]]:
	"""{record: texts of its rows in these tables}"""
	found: dict[str, list[str]] = {}
	for table in tables:
		df = meta.get_field(table)
		fields = texts_of(frappe.get_meta(df.options))
		of_table = {"parenttype": meta.name, "parentfield": table, "parent": ["in", names]}
		for row in frappe.get_all(df.options, of_table, ["parent", *fields], order_by="parent, idx"):
			found.setdefault(row.parent, []).extend(str(row[fieldname]) for fieldname in fields if row[fieldname])
	return found


def _names_of_organisations(names: list[str]) -> dict[str, str]:
	if not names:
		return {}
	wanted = {"name": ["in", sorted(set(names))]}
	return dict(frappe.get_all(ORGANISATION, wanted, ["name", "organisation_name"], as_list=True, order_by="name"))


def _of_organisation(doctype: str) -> Callable[[Document], list[str]]:
	"""The records of a DocType that show the name of an organisation, if it has changed."""

	def records(doc: Document) -> list[str]:
		before = doc.get_doc_before_save()
		if before is None or before.organisation_name == doc.organisation_name:
			return []
		return frappe.get_all(doctype, {"organisation": doc.name}, pluck="name", order_by="name")

	return records


def _kind(doctype: str, level: int = 0) -> Kind:
	named = not level and doctype in ("Kyodo Proposal", "Kyodo Project", "Kyodo Letter", "Kyodo Agreement", "Kyodo Report")
	followers = {ORGANISATION: _of_organisation(doctype)} if named else {}
	name = f"{doctype} {level}" if level else doctype
	return Kind(name, doctype, doctype, dict, _entries_of(doctype, level), followers, of=fulltext.DESK)


def level_of(kind: str) -> int:
	"""Return the permission level whose texts a kind has."""
	return 0 if kind in SEARCHED else CLOSED_LEVEL


KINDS = (*map(_kind, SEARCHED), *(_kind(doctype, CLOSED_LEVEL) for doctype in CLOSED))
