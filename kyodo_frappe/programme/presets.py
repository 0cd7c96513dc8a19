"""A city's programme from a preset file (`presets/<name>.json`).

A preset creates what is missing. Loaded again, it changes only what the city has left as the preset made it; values and tables that
somebody has changed stay. Hashes of what the preset made are kept among the app's own defaults (`STORE`), which uninstalling removes.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import frappe
from frappe import _
from frappe.model import data_fieldtypes, table_fields
from frappe.model.document import Document
from frappe.utils import strip_html

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.stored_values import plain, state_of
from kyodo_frappe.programme import form
from kyodo_frappe.programme.errors import InvalidPreset, UnknownPreset
from kyodo_frappe.workflows.sync import STORE

PROGRAMME, SECTION, COMMITTEE = "Kyodo Programme", "Kyodo Section", "Kyodo Committee"
MAY_LOAD = {"Kyodo Manager", "System Manager"}
PARTS = {"source", "programme", "sections", "committees", "pages", "words"}
DOCTYPES_OF_PARTS = {"sections": SECTION, "committees": COMMITTEE, "pages": "Kyodo Page"}


def preset_names() -> list[str]:
	"""Return the names of the presets that come with the app."""
	return sorted(path.stem for path in _folder().glob("*.json"))


@frappe.whitelist(methods=["POST"])
def load_preset(name: str) -> str:
	"""Create or refresh the programme of a preset; returns its name. Raises PermissionError, UnknownPreset."""
	check_may_load()
	return apply(name, read_preset(name))


def apply(name: str, preset: dict, own: set[str] = frozenset(), draft: bool = False) -> str:
	"""Create or refresh what a preset holds; returns the programme's name.

	own: fields in which the values are the city's answers, so that loading the preset again does not change them; draft: whether a new
	programme is a draft. The caller has called `check_may_load`.
	"""
	make_sections(preset.get("sections", []))
	vocabulary.import_terms(preset.get("words", []))
	programme = _save_programme(name, preset["programme"], own, draft)
	make_committees(programme.name, preset.get("committees", []))
	apply_parts_of_other_rooms(programme.name, preset)
	return programme.name


def apply_parts_of_other_rooms(programme: str, preset: dict):
	"""Pass the parts of a preset that rooms above this one keep to them (hooks.py: kyodo_preset_parts)."""
	for part, paths in frappe.get_hooks("kyodo_preset_parts").items():
		for path in paths:
			frappe.get_attr(path)(programme, preset.get(part, []))


def check_may_load():
	"""Raise PermissionError unless the user may create a whole programme."""
	if not MAY_LOAD & set(frappe.get_roles()):  # frappe.only_for passes everybody in tests
		frappe.throw(_("Only a Kyodo Manager may load a preset."), frappe.PermissionError)


def make_sections(sections: list[dict]):
	"""Create the sections that the site does not have yet."""
	for section in sections:
		if not frappe.db.exists(SECTION, section["section_name"]):
			# System Managers may load a preset, too; see MAY_LOAD
			frappe.get_doc({"doctype": SECTION, **section}).insert(ignore_permissions=True)


def make_committees(programme: str, committees: list[dict]):
	"""Create the committees of kinds that the programme does not have yet."""
	existing = set(frappe.get_all(COMMITTEE, {"programme": programme}, pluck="kind", order_by="name"))
	for committee in committees:
		if committee.get("kind", "Examination") not in existing:
			# see MAY_LOAD
			frappe.get_doc({"doctype": COMMITTEE, "programme": programme, **committee}).insert(ignore_permissions=True)


def read_preset(name: str) -> dict:
	"""Return a preset as data. Raises UnknownPreset, InvalidPreset."""
	if name not in preset_names():
		frappe.throw(
			_("There is no preset “{0}”. Available: {1}").format(name, ", ".join(preset_names())),
			exc=UnknownPreset,
			title=_("Unknown Preset"),
		)
	preset = json.loads((_folder() / f"{name}.json").read_text(encoding="utf-8"))
	for page in preset.get("pages", []):
		if isinstance(page.get("body"), dict):
			page["body"] = (_folder() / page["body"]["file"]).read_text(encoding="utf-8")
	preset["programme"]["form_fields"] = form.completed(preset["programme"].get("form_fields", ()))
	check_known(name, preset)
	return preset


def check_known(name: str, preset: dict):
	"""Raise InvalidPreset for what the DocTypes do not know, and for what Frappe would refuse to insert.

	`name`: of the preset, or what else to call it in the message.
	"""
	_refuse_unknown(name, "", set(preset) - PARTS)
	own = _own_words(name, preset.get("words", []))
	records = [(PROGRAMME, preset["programme"])]
	records += [(doctype, values) for part, doctype in DOCTYPES_OF_PARTS.items() for values in preset.get(part, [])]
	for doctype, values in records:
		_check_fields(name, doctype, values, own)
		_validate(name, doctype, values)


def municipalities() -> set[str]:
	"""Return the names of the cities that the presets come from."""
	paths = (_folder() / f"{name}.json" for name in preset_names())
	return {json.loads(path.read_text(encoding="utf-8"))["programme"]["municipality_name"] for path in paths}


def _save_programme(name, values, own=frozenset(), draft=False):
	marks = _marks(name)
	existing = frappe.db.get_value(PROGRAMME, {"preset": name}) or frappe.db.exists(PROGRAMME, values["programme_name"])
	programme = (
		frappe.get_doc(PROGRAMME, existing) if existing else frappe.get_doc({"doctype": PROGRAMME, "is_draft": int(draft), "is_active": 1})
	)
	changed = [key for key in values if not existing or _may_set(programme, key, values[key], marks.get(key))]
	if existing and programme.preset == name and not changed:
		return programme
	for key in changed:
		programme.set(key, _with_defaults(programme, key, values[key]))
	programme.preset = name
	programme.save(ignore_permissions=True)  # see MAY_LOAD
	programme.reload()
	_set_marks(name, {**marks, **{key: _mark(programme, key, values[key]) for key in changed if key not in own}})
	return programme


@contextmanager
def keep_mark(name: str | None, programme: str, key: str) -> Iterator[None]:
	"""Keep a field that is as its preset made it in that state while a patch changes it."""
	marks = _marks(name) if name else {}
	before = frappe.get_doc(PROGRAMME, programme)
	is_unchanged = key in marks and marks[key]["value"] == _hash(state_of(before, key))
	yield
	if is_unchanged:
		marks[key]["value"] = _hash(state_of(frappe.get_doc(PROGRAMME, programme), key))
		_set_marks(name, marks)


def rename_mark(name: str, programme: str, old: str, old_state: list, new: str):
	"""After a patch has moved a field: treat the new one as the preset's if the city had left the old one unchanged."""
	marks = _marks(name)
	mark = marks.pop(old, None)
	if mark and mark["value"] == _hash(old_state):
		marks[new] = {"value": _hash(state_of(frappe.get_doc(PROGRAMME, programme), new)), "preset": ""}
	_set_marks(name, marks)


def _with_defaults(programme, key, value):
	"""A copy of a value, with the defaults of rows, which Frappe gives to new documents only."""
	field = programme.meta.get_field(key)
	if field.fieldtype not in table_fields:
		return value
	defaults = {df.fieldname: df.default for df in frappe.get_meta(field.options).fields if df.default}
	return [{**defaults, **row} for row in deepcopy(value)]


def _may_set(programme, key, value, mark) -> bool:
	"""Whether the preset has a new value for a field that the city has not changed."""
	if key == "programme_name":
		return False  # the name of the record, which only the city changes
	if mark is None:
		return _is_unset(programme, key)  # older than the preset
	return mark["value"] == _mark(programme, key, value)["value"] and mark["preset"] != _hash(value)


def _folder() -> Path:
	return Path(frappe.get_app_path("kyodo_frappe", "presets"))


def _own_words(name: str, rows: list[dict]) -> set[tuple[str, str]]:
	"""{(DocType, id)} of the words that a preset brings along. Raises InvalidPreset."""
	for row in rows:
		if row.get("kind") not in vocabulary.KINDS or row["kind"] == vocabulary.RESULT or not (row.get("id") and row.get("word")):
			value = row.get("id") or row.get("kind")
			frappe.throw(_("Preset {0}: {1} cannot be “{2}”.").format(name, "words", value), exc=InvalidPreset)
	return {(row["kind"], row["id"]) for row in rows}


def _check_fields(name: str, doctype: str, values: dict, own: set[tuple[str, str]], place: str = ""):
	"""Check what Frappe would accept silently: unknown fieldnames, rows in place of a value, words that do not exist.

	own: {(DocType, id)} of the words that the preset brings along; place: where a row stands in the preset.
	"""
	fields = {df.fieldname: df for df in frappe.get_meta(doctype).fields if df.fieldtype in data_fieldtypes + table_fields}
	place = place or doctype
	_refuse_unknown(name, place, set(values) - set(fields))
	for key, value in values.items():
		df = fields[key]
		is_table = df.fieldtype in table_fields
		if isinstance(value, list) != is_table or not _word_exists(df, value, own):
			frappe.throw(_("Preset {0}: {1} cannot be “{2}”.").format(name, f"{place} · {key}", value), exc=InvalidPreset)
		for number, row in enumerate(value if is_table else (), start=1):
			_check_fields(name, df.options, row, own, f"{doctype} · {key} · {number}")


def _word_exists(df: Document, value, own: set[tuple[str, str]]) -> bool:
	return not vocabulary.is_term(df) or not value or (df.options, value) in own or bool(frappe.db.exists(df.options, value))


def _validate(name: str, doctype: str, values: dict):
	"""Let Frappe check required fields, options, lengths and signs of a record and its rows, as on insert."""
	doc = frappe.get_doc({"programme": name, **deepcopy(values), "doctype": doctype, "name": name})
	doc._set_defaults()
	doc.set_parent_in_children()
	try:
		for row in (doc, *doc.get_all_children()):
			if missing := row._get_missing_mandatory_fields():
				frappe.throw(missing[0][1], frappe.MandatoryError)
			row._validate_selects()
			row._validate_non_negative()
			row._validate_length()
	except frappe.ValidationError as error:
		frappe.clear_last_message()
		frappe.throw(_("Preset {0}: {1}").format(name, strip_html(str(error))), exc=InvalidPreset)


def _refuse_unknown(name, place, keys):
	if keys:
		unknown = ", ".join(sorted(keys))
		frappe.throw(_("Preset {0}: {1} does not know {2}.").format(name, place or "preset", unknown), exc=InvalidPreset)


def _mark(doc, key, value) -> dict:
	"""{value, preset}: hashes of the value as the site stores it and as the preset has it; they differ by defaults and types."""
	return {"value": _hash(state_of(doc, key)), "preset": _hash(value)}


def _hash(value) -> str:
	return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _is_unset(doc, key) -> bool:
	return not state_of(doc, key) or plain(doc.get(key)) == plain(doc.meta.get_field(key).default or "")


def _marks(name) -> dict:
	stored = frappe.db.get_value("DefaultValue", {"parent": STORE, "defkey": f"preset:{name}"}, "defvalue")
	return json.loads(stored or "{}")


def _set_marks(name, marks):
	frappe.defaults.set_default(f"preset:{name}", json.dumps(marks, sort_keys=True), STORE)
