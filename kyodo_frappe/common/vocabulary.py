"""The city's words for kinds of organisation, categories of cost, types of meeting and results (design.md §1).

Each is a record: its name is a stable English id, which is what fields hold and code knows; `label_text` is the word that
everybody reads. The standard ones are listed in presets/library/terms.json, their Japanese is in translations/ja.csv.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.common.language import RECORD_LANGUAGE

ORGANISATION_TYPE, MEETING_TYPE, RESULT = "Kyodo Organisation Type", "Kyodo Meeting Type", "Kyodo Result"
COST, INCOME = "Kyodo Cost Category", "Kyodo Income Category"
KINDS = (ORGANISATION_TYPE, COST, INCOME, MEETING_TYPE, RESULT)
# what has a meaning in code: {DocType: (a new one behaves like, who holds it, in which field)}
LIKE = {MEETING_TYPE: ("Extra", "Kyodo Meeting", "meeting_type"), INCOME: ("Other", "Kyodo Income Line", "category")}
STANDARD = Path(__file__).parent.parent / "presets" / "library" / "terms.json"
# records in which people choose, and the link to the one whose choices they take over as they are
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
	"""{DocType: the ids that the app brings, in their order}"""
	return json.loads(STANDARD.read_text(encoding="utf-8"))


def is_term(df) -> bool:
	"""Whether a field holds the id of one of these records."""
	return df.fieldtype == "Link" and df.options in KINDS


def is_choice(df) -> bool:
	"""Whether a field holds one of a short list of answers, so that it says nothing of what somebody wrote."""
	return df.fieldtype == "Select" or is_term(df)


def is_written(df) -> bool:
	"""Whether a field holds what somebody wrote; a row of a form is blank when all that is written in it is empty."""
	return df.fieldtype != "Check" and not is_choice(df)


def word(doctype: str, name: str | None, lang: str | None = None) -> str:
	"""How an id reads: in the city's word; in that of the language, of the page or `lang`, where the city left it as it was."""
	term = _terms(doctype).get(name)
	if term and term.label_text != term.standard_word:
		return term.label_text
	return _(name, lang=lang) if name else ""


def shown(df, value, lang: str | None = None) -> str:
	"""How the value of a field reads if it is one of several answers; any other value as text."""
	if value in (None, ""):
		return ""
	if is_term(df):
		return word(df.options, value, lang)
	return _(value, lang=lang) if df.fieldtype == "Select" else str(value)


class Choices(list):
	"""[(id, word)] of what may be chosen, in the city's order. `off`: {id: word} of the others, for a form that holds one."""

	off: dict[str, str]


def choices(doctype: str, lang: str | None = None) -> Choices:
	said = {name: word(doctype, name, lang) for name in _terms(doctype)}
	found = Choices((name, text) for name, text in said.items() if _terms(doctype)[name].enabled)
	found.off = {name: text for name, text in said.items() if not _terms(doctype)[name].enabled}
	return found


def enabled(doctype: str, names: Iterable[str]) -> list[str]:
	"""Those of these ids that may be chosen."""
	return [name for name in names if _is_on(doctype, name)]


def options(df, lang: str | None = None) -> list[tuple[str, str]]:
	"""[(value, word)] of a field that holds one of several answers."""
	if is_term(df):
		return choices(df.options, lang)
	return [(option, _(option, lang=lang) if option else "") for option in (df.options or "").split("\n")]


def find(doctype: str, text: str | None) -> str | None:
	"""The id that somebody means who typed it, its word, or the word that came with the app."""
	said = (text or "").strip()
	for key in ("name", "label_text", "standard_word"):
		for name, term in _terms(doctype).items():
			if said and said == term[key]:
				return name
	return None


def held_like(meeting_type: str | None) -> str | None:
	"""The standard type that a meeting's type behaves like."""
	return like(MEETING_TYPE, meeting_type)


def like(doctype: str, name: str | None) -> str | None:
	"""The standard one that a type of meeting or a category of income behaves like; a standard one is its own."""
	term = None if name in standard()[doctype] else _terms(doctype).get(name)
	return term.behaves_like if term else name


def types_held_like(meeting_type: str) -> list[str]:
	"""The types of meeting that behave like a standard one, itself among them."""
	return [name for name in _terms(MEETING_TYPE) if held_like(name) == meeting_type] or [meeting_type]


def tell_desk(bootinfo: dict):
	"""{DocType: {id: [word, whether it may be chosen]}} and {type of meeting: the standard one} (public/js/desk/vocabulary.js)."""
	bootinfo["kyodo_words"] = {
		doctype: {name: [word(doctype, name), cint(term.enabled)] for name, term in _terms(doctype).items()} for doctype in KINDS
	}
	bootinfo["kyodo_held_like"] = {name: held_like(name) for name in _terms(MEETING_TYPE)}


def _terms(doctype: str) -> dict[str, frappe._dict]:
	"""{id: the record's values} in the city's order; read once for a request."""
	read = getattr(frappe.local, "kyodo_terms", None)
	if read is None:
		read = frappe.local.kyodo_terms = {}
	if doctype not in read:
		read[doctype] = {row.name: row for row in _read(doctype)}
	return read[doctype]


def _read(doctype: str) -> list[frappe._dict]:
	if not frappe.db.table_exists(doctype):  # before the migrate that brings it
		return []
	fields = ["name", "label_text", "standard_word", "enabled"] + (["behaves_like"] if doctype in LIKE else [])
	return frappe.get_all(doctype, fields=fields, order_by="sort_order asc, name asc")


def forget():
	frappe.local.kyodo_terms = None
	frappe.cache.delete_key("bootinfo")  # what Frappe keeps of `tell_desk`


# -- choosing -----------------------------------------------------------------------------------


def before_validate(doc: Document, method: str | None = None):
	"""Required answers that are missing are the first that may be chosen (a result is nobody's but the meeting's); one that is
	switched off is not chosen anew. Raises ValidationError."""
	for part, field in _answers(doc):
		if field.reqd and field.options != RESULT and not part.get(field.fieldname):
			part.set(field.fieldname, next((name for name, _word in choices(field.options)), None))
	if doc.doctype in CHOSEN_IN and (off := {pair for pair in _chosen(doc) if not _is_on(*pair)}):
		off -= set(_chosen(doc.get_doc_before_save())) | set(_taken_over(doc))
		for doctype, name in sorted(off):
			offered = _(", ").join(shown for _name, shown in choices(doctype))
			frappe.throw(_("“{0}” can no longer be chosen. Please choose one of these: {1}.").format(word(doctype, name), offered))


def _answers(doc: Document) -> Iterator[tuple[Document, Document]]:
	"""(record or row, field) of all that holds one of these ids and is written by people."""
	fields: dict[str, list] = {}
	for part in (doc, *doc.get_all_children()):
		if part.doctype not in fields:
			fields[part.doctype] = [field for field in part.meta.get_link_fields() if field.options in KINDS and not field.read_only]
		yield from ((part, field) for field in fields[part.doctype])


def _chosen(doc: Document | None) -> Iterator[tuple[str, str]]:
	for part, field in _answers(doc) if doc else ():
		if part.get(field.fieldname):
			yield field.options, part.get(field.fieldname)


def _taken_over(doc: Document) -> Iterable[tuple[str, str]]:
	link = CHOSEN_IN[doc.doctype]
	if not link or not doc.get(link):
		return ()
	return _chosen(frappe.get_doc(doc.meta.get_field(link).options, doc.get(link)))


def _is_on(doctype: str, name: str) -> bool:
	term = _terms(doctype).get(name)
	return term is None or bool(term.enabled)  # what is not there, Frappe refuses


# -- keeping ------------------------------------------------------------------------------------


class Term(Document):
	"""What the five DocTypes have in common. The standard ones have a meaning in code: a city rewords them or switches them off."""

	@property
	def is_standard(self) -> bool:
		return self.name in standard()[self.doctype]

	def validate(self):
		self.label_text = (self.label_text or "").strip()
		# not asked of the database, for which か and が are one letter
		same = next((name for name, term in _terms(self.doctype).items() if term.label_text == self.label_text and name != self.name), None)
		if same:
			frappe.throw(_("“{0}” is already the word of “{1}”. Please choose another one.").format(self.label_text, same))
		if self.doctype == RESULT and not self.is_standard:
			frappe.throw(_("A result decides what happens to a proposal. The ones that are there can be reworded; none can be added."))
		if self.doctype in LIKE:
			self._check_meaning()

	def _check_meaning(self):
		_new, holder, field = LIKE[self.doctype]
		if self.is_standard:
			self.behaves_like = self.name
		elif not self.is_new() and self.has_value_changed("behaves_like") and frappe.db.exists(holder, {field: self.name}):
			frappe.throw(_("Records have it already. Please make a new one for what is treated differently."))

	def on_update(self):
		forget()
		frappe.db.after_rollback.add(forget)

	def on_trash(self):
		if self.is_standard:
			frappe.throw(_("“{0}” came with the app. It can be reworded or switched off, but not deleted.").format(self.label_text))
		forget()

	def before_rename(self, old: str, new: str, merge: bool = False):
		frappe.throw(_("The id stays as it is. Please change the word."))


def sync():
	"""Make the standard ones that are missing; bring a new word where the city has left the old one."""
	for doctype, names in standard().items():
		for position, name in enumerate(names, 1):
			_bring(doctype, name, position * 10)
	forget()


def _bring(doctype: str, name: str, order: int):
	text = _(name, lang=RECORD_LANGUAGE)
	term = frappe.db.get_value(doctype, name, ["label_text", "standard_word"], as_dict=True)
	if not term:
		values = {"doctype": doctype, "name": name, "label_text": text, "standard_word": text, "sort_order": order, "enabled": 1}
		if doctype in LIKE:
			values["behaves_like"] = name
		# as the installer, before anybody has a role
		frappe.get_doc(values).insert(ignore_permissions=True, ignore_if_duplicate=True)
	elif term.standard_word != text:
		untouched = term.label_text == term.standard_word
		frappe.db.set_value(doctype, name, {"standard_word": text, **({"label_text": text} if untouched else {})}, update_modified=False)


def own_of(doc: Document) -> list[dict]:
	"""[{kind, id, word, like}] of what a record holds that is the city's own, to go along with it to another city."""
	own = {pair for pair in _chosen(doc) if pair[1] not in standard()[pair[0]] and pair[1] in _terms(pair[0])}
	found = [(doctype, name, _terms(doctype)[name]) for doctype, name in sorted(own)]
	return [{"kind": doctype, "id": name, "word": term.label_text, "like": term.get("behaves_like") or ""} for doctype, name, term in found]


def bring(rows: list[dict]):
	"""Make those of another city's (`own_of`) that are not here; the caller has asked whether the login may."""
	for row in rows:
		if not frappe.db.exists(row["kind"], row["id"]):
			values = {"doctype": row["kind"], "name": row["id"], "label_text": row["word"], "enabled": 1, "sort_order": 900}
			if row["kind"] in LIKE:
				values["behaves_like"] = row.get("like") or LIKE[row["kind"]][0]
			frappe.get_doc(values).insert(ignore_permissions=True)  # the caller has asked


def adopt(doctype: str, name: str, enabled: bool = True):
	"""Make a record of an answer that a city had added to a list of ours, or that records hold; it has its own name for a word."""
	if not frappe.db.exists(doctype, name):
		text = _(name, lang=RECORD_LANGUAGE)
		taken = frappe.db.exists(doctype, {"label_text": text})
		values = {"doctype": doctype, "name": name, "label_text": name if taken else text, "enabled": cint(enabled), "sort_order": 900}
		if doctype in LIKE:
			values["behaves_like"] = LIKE[doctype][0]
		doc = frappe.get_doc(values)
		doc.flags.ignore_validate = True  # a result that no longer exists stays readable, too
		doc.insert(ignore_permissions=True)  # a patch: as the installer
