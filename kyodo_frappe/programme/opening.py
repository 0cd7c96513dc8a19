"""The last act of setting a programme up: it is opened to the public, once nothing is missing (issue 13, 7)."""

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.permissions.roles import OFFICER
from kyodo_frappe.programme import file as programme_file
from kyodo_frappe.programme import presets
from kyodo_frappe.programme.errors import ProgrammeNotReady

PROGRAMME = "Kyodo Programme"
PLACEHOLDER = "○○"
SOURCE_FIELDS = ("source", "basis", "bases")  # they name the city that a rule comes from
NEEDED = ("definition", "purpose", "office_section")
NEEDED_ROWS = ("criteria", "forms", "principles", "letter_numbering")
PROPOSERS = ("accepts_organisation", "accepts_city", "accepts_joint")


@frappe.whitelist(methods=["GET"])
def look(programme: str) -> dict:
	"""{missing, hints}: sentences on what keeps a programme from being opened, and on what is better done before. Raises
	PermissionError."""
	doc = _programme(programme)
	return {"missing": list(missing(doc)), "hints": list(hints(doc))}


@frappe.whitelist(methods=["POST"])
def open_programme(programme: str):
	"""Open a programme to the public. Raises PermissionError, and ValidationError with all that is missing."""
	doc = _programme(programme)
	doc.is_active = 1
	doc.save(ignore_permissions=True)  # who sets programmes up (see `_prepared`) may lack the role that keeps them


def _programme(programme: str) -> Document:
	presets.check_may_load()
	return frappe.get_doc(PROGRAMME, programme)


def check(programme: Document):
	"""Raise ValidationError with one sentence for each thing that is missing."""
	if found := list(missing(programme)):
		text = "<br>".join(frappe.utils.escape_html(sentence) for sentence in found)
		frappe.throw(text, title=_("The programme cannot be opened yet"), exc=ProgrammeNotReady)


def missing(programme: Document) -> Iterator[str]:
	yield from _not_filled_in(programme)
	for row in programme.letter_numbering:
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
	if not frappe.db.exists("Has Role", {"role": OFFICER, "parenttype": "User"}):
		yield _("Nobody works in the office yet. Please invite its people.")
	committees = frappe.get_all("Kyodo Committee", {"programme": programme.name, "disabled": 0}, pluck="name", order_by="name")
	seats = {"parenttype": "Kyodo Committee", "parent": ["in", committees or [""]], "user": ["is", "not set"]}
	if empty := frappe.db.count("Kyodo Committee Member", seats):
		yield _("{0} seats of the committees have nobody yet.").format(empty)
	if not frappe.db.exists("Kyodo Call", {"programme": programme.name, "published": 1}):
		yield _("No call is published. Publish now what is to be read from the first day on: it shows once the programme is open.")


# -- names of others in the texts of a city -----------------------------------------------------


def foreign_names(city: str | None, before: str | None = None) -> list[str]:
	"""What no text of a city's may hold: blanks, and the names of the cities that a preset or a file was made for."""
	others = {presets.read_preset(name)["programme"]["municipality_name"] for name in presets.preset_names()}
	return sorted(name for name in {before or PLACEHOLDER, PLACEHOLDER, *others} if name not in (city or ""))


def foreign_texts(source: dict, foreign: list[str]) -> Iterator[tuple[str, str]]:
	"""(label of the field or part, name) of each text of a programme with its committees and pages that holds such a name."""
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
	return _("“{0}” still says “{1}”. Please write it in the words of your city.").format(label, name)


def label_of(key: str) -> str:
	df = frappe.get_meta(PROGRAMME).get_field(key)
	return _(df.label) if df else {"sections": _("Sections"), "committees": _("Committees"), "pages": _("Pages")}[key]
