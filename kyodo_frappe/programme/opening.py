"""Opening a programme to the public once nothing is missing."""

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common import request_json
from kyodo_frappe.common.queries import among
from kyodo_frappe.permissions.roles import OFFICER
from kyodo_frappe.programme import city_words, presets
from kyodo_frappe.programme import file as programme_file
from kyodo_frappe.programme.errors import ProgrammeNotReady

PROGRAMME = "Kyodo Programme"
PLACEHOLDER = "○○"
SOURCE_FIELDS = ("source", "basis", "bases")  # may name the city that a rule comes from
NEEDED = ("definition", "purpose", "office_section")
NEEDED_ROWS = ("criteria", "forms", "principles", "letter_numbering")
PROPOSERS = ("accepts_organisation", "accepts_city", "accepts_joint")


@frappe.whitelist(methods=["GET"])
def look(programme: str) -> dict:
	"""Return {missing, hints}: sentences on what prevents a programme from being opened, and on what should be done before.

	Raises PermissionError.
	"""
	doc = _programme(programme)
	return {"missing": list(missing(doc)), "hints": list(hints(doc))}


@frappe.whitelist(methods=["POST"])
def open_programme(programme: str, calls: str = "[]"):
	"""Open a programme to the public, and publish those of its calls that are named. Raises PermissionError, ProgrammeNotReady."""
	doc = _programme(programme)
	doc.is_active = 1
	doc.save(ignore_permissions=True)  # System Managers may open a programme, too; see presets.MAY_LOAD
	named = {"name": among(request_json.names(calls)), "programme": doc.name, "published": 0}
	for name in frappe.get_all("Kyodo Call", named, pluck="name", order_by="name"):
		call = frappe.get_doc("Kyodo Call", name)
		call.published = 1
		call.save(ignore_permissions=True)  # as above


def _programme(programme: str) -> Document:
	presets.check_may_load()
	return frappe.get_doc(PROGRAMME, programme)


def check(programme: Document):
	"""Raise ProgrammeNotReady with a sentence for everything that is missing."""
	if found := list(missing(programme)):
		text = "<br>".join(frappe.utils.escape_html(sentence) for sentence in found)
		frappe.throw(text, title=_("The programme cannot be opened yet"), exc=ProgrammeNotReady)


def missing(programme: Document) -> Iterator[str]:
	"""Yield a sentence for everything that prevents a programme from being opened."""
	yield from _not_filled_in(programme)
	for row in () if city_words.mayor(programme) else programme.letter_numbering:
		if not (row.sender or "").strip():
			yield _("The letter “{0}” does not say who sends it.").format(_(row.letter_type))
	if not frappe.db.exists("Kyodo Committee", {"programme": programme.name, "disabled": 0}):
		yield _("There is no committee yet.")
	for label, name in foreign_texts(programme_file.as_preset(programme), foreign_names(programme.municipality_name)):
		yield foreign_text_sentence(label, name)


def _not_filled_in(programme: Document) -> Iterator[str]:
	for field in NEEDED:
		if not str(programme.get(field) or "").strip():
			yield _("Please fill in “{0}”.").format(label_of(field))
	for table in NEEDED_ROWS:
		if not programme.get(table):
			yield _("Please enter at least one row under “{0}”.").format(label_of(table))
	if not any(programme.get(field) for field in PROPOSERS):
		yield _("Please say who proposes: organisations, the city, or both together.")


def hints(programme: Document) -> Iterator[str]:
	"""Yield a sentence for everything that should be done before a programme is opened."""
	if not frappe.db.exists("Has Role", {"role": OFFICER, "parenttype": "User"}):
		yield _("The office has no staff yet. Please invite them.")
	committees = frappe.get_all("Kyodo Committee", {"programme": programme.name, "disabled": 0}, pluck="name", order_by="name")
	seats = {"parenttype": "Kyodo Committee", "parent": among(committees), "user": ["is", "not set"]}
	if empty := frappe.db.count("Kyodo Committee Member", seats):
		yield _("{0} seats of the committees are vacant.").format(empty)
	if not frappe.db.exists("Kyodo Call", {"programme": programme.name, "published": 1}):
		yield _("No call is published. Publish now what should be visible from the first day; it is shown once the programme is open.")


# -- names of others in the texts of a city -----------------------------------------------------


def foreign_names(city: str | None, before: str | None = None) -> list[str]:
	"""Return what no text of the city may contain: blanks, and the cities of the presets or of the file it came from."""
	others = presets.municipalities()
	return sorted(name for name in {before or PLACEHOLDER, PLACEHOLDER, *others} if name not in (city or ""))


def foreign_texts(source: dict, foreign: list[str]) -> Iterator[tuple[str, str]]:
	"""Yield (label of the field or part, name) for each text of a programme, its committees and pages that contains such a name."""
	for part in ("programme", "sections", "committees", "pages"):
		found = _texts(source.get(part) or [], "" if part == "programme" else part)
		yield from dict.fromkeys((label_of(key), name) for key, text in found for name in foreign if name in text)


def _texts(value, key: str) -> Iterator[tuple[str, str]]:
	if isinstance(value, dict):
		for inner, part in value.items():
			if inner not in SOURCE_FIELDS:
				yield from _texts(part, key or inner)
	elif isinstance(value, list):
		for part in value:
			yield from _texts(part, key)
	elif isinstance(value, str):
		yield key, value


def foreign_text_sentence(label: str, name: str) -> str:
	"""Return the sentence about a text that contains a foreign name."""
	return _("“{0}” still says “{1}”. Please write it in the words of your city.").format(label, name)


def label_of(key: str) -> str:
	"""Return the label of a field or part of a programme."""
	df = frappe.get_meta(PROGRAMME).get_field(key)
	return _(df.label) if df else {"sections": _("Sections"), "committees": _("Committees"), "pages": _("Pages")}[key]
