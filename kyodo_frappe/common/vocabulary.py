"""The city's words for types of organisation, categories of cost and income, types of meeting and results (design.md §1).

Each term is a record whose name is a stable English id, which fields store and code refers to; `label_text` is the word
shown to users. Standard terms are listed in presets/library/terms.json, their Japanese words in translations/ja.csv.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.common.errors import DuplicateWord, TermFixed, TermNotAvailable
from kyodo_frappe.common.language import RECORD_LANGUAGE

ORGANISATION_TYPE, MEETING_TYPE, RESULT = "Kyodo Organisation Type", "Kyodo Meeting Type", "Kyodo Result"
COST, INCOME = "Kyodo Cost Category", "Kyodo Income Category"
KINDS = (ORGANISATION_TYPE, COST, INCOME, MEETING_TYPE, RESULT)
# terms that code treats differently: {DocType: (standard term that a new one behaves like, DocType and field that hold it)}
BEHAVES_LIKE = {MEETING_TYPE: ("Extra", "Kyodo Meeting", "meeting_type"), INCOME: ("Other", "Kyodo Income Line", "category")}
STANDARD = Path(__file__).parent.parent / "presets" / "library" / "terms.json"
# {DocType in which users choose terms: link to the record whose choices are taken over unchecked}
CHOSEN_IN = {
	"Kyodo Organisation": None,
	"Kyodo Proposal": "previous_proposal",
	"Kyodo Project": "proposal",
	"Kyodo Plan Change": "project",
	"Kyodo Report": "project",
	"Kyodo Expense": "project",
	"Kyodo Meeting": None,
	"Kyodo Decision": None,
}


# -- reading ------------------------------------------------------------------------------------


@cache
def standard() -> dict[str, list[str]]:
	"""Return {DocType: [ids of the standard terms, in order]}."""
	return json.loads(STANDARD.read_text(encoding="utf-8"))


def is_term(df) -> bool:
	"""Whether a field holds the id of a term."""
	return df.fieldtype == "Link" and df.options in KINDS


def is_choice(df) -> bool:
	"""Whether a field holds one of a fixed list of answers (Select or term)."""
	return df.fieldtype == "Select" or is_term(df)


def is_typed(df) -> bool:
	"""Whether a field is typed in. A row of a form counts as blank if all such fields are empty."""
	return df.fieldtype != "Check" and not is_choice(df)


def word(doctype: str, name: str | None, lang: str | None = None) -> str:
	"""Return the city's word for an id, or the standard word in `lang` (default: the user's) if the city has not changed it."""
	term = _terms(doctype).get(name)
	if term and term.label_text != term.standard_word:
		return term.label_text
	return _(name, lang=lang) if name else ""


def shown(df, value, lang: str | None = None) -> str:
	"""Return the word for a Select option or a term, and any other value as text."""
	if value in (None, ""):
		return ""
	if is_term(df):
		return word(df.options, value, lang)
	return _(value, lang=lang) if df.fieldtype == "Select" else str(value)


class Choices(list):
	"""[(id, word)] of the enabled terms in the city's order. `off`: {id: word} of the disabled ones, for forms that hold one."""

	off: dict[str, str]


def choices(doctype: str, lang: str | None = None) -> Choices:
	"""Return the terms that may be chosen."""
	said = {name: word(doctype, name, lang) for name in _terms(doctype)}
	found = Choices((name, text) for name, text in said.items() if _terms(doctype)[name].enabled)
	found.off = {name: text for name, text in said.items() if not _terms(doctype)[name].enabled}
	return found


def enabled(doctype: str, names: Iterable[str]) -> list[str]:
	"""Return those of the ids that may be chosen."""
	return [name for name in names if _is_on(doctype, name)]


def options(df, lang: str | None = None) -> list[tuple[str, str]]:
	"""Return [(value, word)] of a Select or term field."""
	if is_term(df):
		return choices(df.options, lang)
	return [(option, _(option, lang=lang) if option else "") for option in (df.options or "").split("\n")]


def find(doctype: str, text: str | None) -> str | None:
	"""Return the id of a term by its id, its word or its standard word; None if there is none."""
	said = (text or "").strip()
	for key in ("name", "label_text", "standard_word"):
		for name, term in _terms(doctype).items():
			if said and said == term[key]:
				return name
	return None


def not_eligible() -> list[str]:
	"""Return the ids of the categories of cost that are never paid for (対象外), in the order of their ids."""
	return sorted(name for name, term in _terms(COST).items() if cint(term.get("not_eligible")))


def held_like(meeting_type: str | None) -> str | None:
	"""Return the standard type that a type of meeting behaves like."""
	return like(MEETING_TYPE, meeting_type)


def like(doctype: str, name: str | None) -> str | None:
	"""Return the standard term that a type of meeting or a category of income behaves like; a standard term itself."""
	term = None if name in standard()[doctype] else _terms(doctype).get(name)
	return term.behaves_like if term else name


def types_held_like(meeting_type: str) -> list[str]:
	"""Return the types of meeting that behave like a standard type, including that type."""
	return [name for name in _terms(MEETING_TYPE) if held_like(name) == meeting_type] or [meeting_type]


def extend_bootinfo(bootinfo: dict):
	"""Add the terms to the boot info of the desk (public/js/desk/vocabulary.js).

	`kyodo_words`: {DocType: {id: [word, enabled as 0 or 1]}}; `kyodo_held_like`: {type of meeting: standard type}.
	"""
	bootinfo["kyodo_words"] = {
		doctype: {name: [word(doctype, name), cint(term.enabled)] for name, term in _terms(doctype).items()} for doctype in KINDS
	}
	bootinfo["kyodo_held_like"] = {name: held_like(name) for name in _terms(MEETING_TYPE)}


def _terms(doctype: str) -> dict[str, frappe._dict]:
	"""Return {id: values} in the city's order, cached for the request."""
	read = getattr(frappe.local, "kyodo_terms", None)
	if read is None:
		read = frappe.local.kyodo_terms = {}
	if doctype not in read:
		read[doctype] = {row.name: row for row in _read(doctype)}
	return read[doctype]


def _read(doctype: str) -> list[frappe._dict]:
	if not frappe.db.table_exists(doctype):  # before the migration that creates it
		return []
	fields = ["name", "label_text", "standard_word", "enabled"] + (["behaves_like"] if doctype in BEHAVES_LIKE else [])
	if doctype == COST and frappe.db.has_column(doctype, "not_eligible"):  # not before the migration that brings it
		fields.append("not_eligible")
	return frappe.get_all(doctype, fields=fields, order_by="sort_order asc, name asc")


def clear_cache():
	"""Drop the cached terms."""
	frappe.local.kyodo_terms = None
	frappe.cache.delete_key("bootinfo")  # Frappe caches the result of `extend_bootinfo`


# -- choosing -----------------------------------------------------------------------------------


def before_validate(doc: Document, method: str | None = None):
	"""Set missing required terms to the first enabled one, except results, which only a meeting decides.

	Raises TermNotAvailable if a disabled term is newly chosen.
	"""
	for part, field in _term_fields(doc):
		if field.reqd and field.options != RESULT and not part.get(field.fieldname):
			part.set(field.fieldname, next((name for name, _word in choices(field.options)), None))
	if doc.doctype in CHOSEN_IN and (off := {pair for pair in _chosen(doc) if not _is_on(*pair)}):
		off -= set(_chosen(doc.get_doc_before_save())) | set(_inherited(doc))
		for doctype, name in sorted(off):
			offered = _(", ").join(shown for _name, shown in choices(doctype))
			frappe.throw(
				_("“{0}” can no longer be chosen. Please choose one of these: {1}.").format(word(doctype, name), offered), TermNotAvailable
			)


def _term_fields(doc: Document) -> Iterator[tuple[Document, Document]]:
	"""Yield (record or row, field) for each editable term field."""
	fields: dict[str, list] = {}
	for part in (doc, *doc.get_all_children()):
		if part.doctype not in fields:
			fields[part.doctype] = [field for field in part.meta.get_link_fields() if field.options in KINDS and not field.read_only]
		yield from ((part, field) for field in fields[part.doctype])


def _chosen(doc: Document | None) -> Iterator[tuple[str, str]]:
	for part, field in _term_fields(doc) if doc else ():
		if part.get(field.fieldname):
			yield field.options, part.get(field.fieldname)


def _inherited(doc: Document) -> Iterable[tuple[str, str]]:
	link = CHOSEN_IN[doc.doctype]
	if not link or not doc.get(link):
		return ()
	return _chosen(frappe.get_doc(doc.meta.get_field(link).options, doc.get(link)))


def _is_on(doctype: str, name: str) -> bool:
	term = _terms(doctype).get(name)
	return term is None or bool(term.enabled)  # Frappe's link validation refuses unknown ids


# -- keeping ------------------------------------------------------------------------------------


class Term(Document):
	"""Controller of the five DocTypes of terms. Code depends on the standard terms, so a city may only reword or disable them."""

	@property
	def is_standard(self) -> bool:
		"""Whether the term came with the app."""
		return self.name in standard()[self.doctype]

	def validate(self):
		"""Raise DuplicateWord, or TermFixed for a new result and for a change of meaning of a term in use."""
		self.label_text = (self.label_text or "").strip()
		# compared here, because the database's collation does not distinguish か from が
		same = next((name for name, term in _terms(self.doctype).items() if term.label_text == self.label_text and name != self.name), None)
		if same:
			frappe.throw(_("“{0}” is already the word for “{1}”. Please choose another one.").format(self.label_text, same), DuplicateWord)
		if self.doctype == RESULT and not self.is_standard:
			frappe.throw(
				_("Results determine what happens to a proposal. Existing ones can be reworded, but none can be added."), TermFixed
			)
		if self.doctype in BEHAVES_LIKE:
			self._check_meaning()

	def _check_meaning(self):
		_new, holder, field = BEHAVES_LIKE[self.doctype]
		if self.is_standard:
			self.behaves_like = self.name
		elif not self.is_new() and self.has_value_changed("behaves_like") and frappe.db.exists(holder, {field: self.name}):
			frappe.throw(_("Records use it already. Please create a new one that is treated differently."), TermFixed)

	def on_update(self):
		"""Drop the cached terms."""
		clear_cache()
		frappe.db.after_rollback.add(clear_cache)

	def on_trash(self):
		"""Raise TermFixed for a standard term, which can only be disabled."""
		if self.is_standard:
			frappe.throw(
				_("“{0}” is a standard entry. It can be reworded or disabled, but not deleted.").format(self.label_text), TermFixed
			)
		clear_cache()

	def before_rename(self, old: str, new: str, merge: bool = False):
		"""Raise TermFixed: fields and code refer to the id."""
		frappe.throw(_("The id cannot be changed. Please change the word instead."), TermFixed)


def sync():
	"""Create missing standard terms and update the words that the city has not changed."""
	for doctype, names in standard().items():
		for position, name in enumerate(names, 1):
			_sync_term(doctype, name, position * 10)
	clear_cache()


def _sync_term(doctype: str, name: str, order: int):
	text = _(name, lang=RECORD_LANGUAGE)
	term = frappe.db.get_value(doctype, name, ["label_text", "standard_word"], as_dict=True)
	if not term:
		values = {"doctype": doctype, "name": name, "label_text": text, "standard_word": text, "sort_order": order, "enabled": 1}
		if doctype in BEHAVES_LIKE:
			values["behaves_like"] = name
		# runs as the installer, before roles are assigned
		frappe.get_doc(values).insert(ignore_permissions=True, ignore_if_duplicate=True)
	elif term.standard_word != text:
		untouched = term.label_text == term.standard_word
		frappe.db.set_value(doctype, name, {"standard_word": text, **({"label_text": text} if untouched else {})}, update_modified=False)


def own_terms(doc: Document) -> list[dict]:
	"""Return [{kind, id, word, like}] of the city's own terms that a record uses, for its export to another city."""
	own = {pair for pair in _chosen(doc) if pair[1] not in standard()[pair[0]] and pair[1] in _terms(pair[0])}
	found = [(doctype, name, _terms(doctype)[name]) for doctype, name in sorted(own)]
	rows = []
	for doctype, name, term in found:
		row = {"kind": doctype, "id": name, "word": term.label_text, "like": term.get("behaves_like") or ""}
		rows.append({**row, "not_eligible": 1} if cint(term.get("not_eligible")) else row)
	return rows


def import_terms(rows: list[dict]):
	"""Create another city's terms (rows of `own_terms`) that do not exist yet. The caller has checked permissions."""
	for row in rows:
		if not frappe.db.exists(row["kind"], row["id"]):
			values = {"doctype": row["kind"], "name": row["id"], "label_text": row["word"], "enabled": 1, "sort_order": 900}
			if row["kind"] in BEHAVES_LIKE:
				values["behaves_like"] = row.get("like") or BEHAVES_LIKE[row["kind"]][0]
			if row["kind"] == COST:
				values["not_eligible"] = cint(row.get("not_eligible"))
			frappe.get_doc(values).insert(ignore_permissions=True)  # checked by the caller


def create_from_option(doctype: str, name: str, enabled: bool = True):
	"""Create a term for a former Select option that a city had added or that records hold. Its id doubles as its word."""
	if not frappe.db.exists(doctype, name):
		text = _(name, lang=RECORD_LANGUAGE)
		taken = frappe.db.exists(doctype, {"label_text": text})
		values = {"doctype": doctype, "name": name, "label_text": name if taken else text, "enabled": cint(enabled), "sort_order": 900}
		if doctype in BEHAVES_LIKE:
			values["behaves_like"] = BEHAVES_LIKE[doctype][0]
		doc = frappe.get_doc(values)
		doc.flags.ignore_validate = True  # former results have to stay readable, too
		doc.insert(ignore_permissions=True)  # runs in patches, as the installer
