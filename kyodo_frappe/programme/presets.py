"""A city's programme from a preset file (`presets/<name>.json`).

A preset makes what is missing. Loaded again, it brings only what the city has left as the preset made
it: a value or a table that somebody changed stays the city's. How the preset left each of them is kept
as a hash among the app's own defaults (`STORE`), which uninstall removes.
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

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.stored_values import plain, state_of
from kyodo_frappe.programme import form
from kyodo_frappe.workflows.sync import STORE

PROGRAMME, SECTION, COMMITTEE = "Kyodo Programme", "Kyodo Section", "Kyodo Committee"
MAY_LOAD = {"Kyodo Manager", "System Manager"}
PARTS = {"source", "programme", "sections", "committees", "pages", "words"}


def preset_names() -> list[str]:
	return sorted(path.stem for path in _folder().glob("*.json"))


@frappe.whitelist(methods=["POST"])
def load_preset(name: str) -> str:
	"""Create or refresh the programme of preset `name`; returns the programme's name."""
	check_may_load()
	return bring(name, read_preset(name))


def bring(name: str, preset: dict, own: set[str] = frozenset(), draft: bool = False) -> str:
	"""Make or refresh what a preset holds; returns the programme's name. `own`: fields of the programme in which the values
	are the city's answers, so that loading the preset again leaves them alone. `draft`: a new one is to be opened later. The
	caller has asked `check_may_load`."""
	make_sections(preset.get("sections", []))
	vocabulary.import_terms(preset.get("words", []))
	programme = _save_programme(name, preset["programme"], own, draft)
	make_committees(programme.name, preset.get("committees", []))
	bring_parts_above(programme.name, preset)
	return programme.name


def bring_parts_above(programme: str, preset: dict):
	"""Bring the parts that rooms above this one keep for a programme (hooks.py: kyodo_preset_parts)."""
	for part, paths in frappe.get_hooks("kyodo_preset_parts").items():
		for path in paths:
			frappe.get_attr(path)(programme, preset.get(part, []))


def check_may_load():
	"""Raise PermissionError unless the login may bring a whole programme into the site."""
	if not MAY_LOAD & set(frappe.get_roles()):  # not only_for: it lets everybody pass in tests
		frappe.throw(_("Only a Kyodo Manager may load a preset."), frappe.PermissionError)


def make_sections(sections: list[dict]):
	"""The sections that the site does not have yet."""
	for section in sections:
		if not frappe.db.exists(SECTION, section["section_name"]):
			# System Manager may load a preset without holding the role that keeps sections; see MAY_LOAD
			frappe.get_doc({"doctype": SECTION, **section}).insert(ignore_permissions=True)


def make_committees(programme: str, committees: list[dict]):
	"""The committees of kinds that the programme does not have yet; those that it has are the city's."""
	there = set(frappe.get_all(COMMITTEE, {"programme": programme}, pluck="kind", order_by="name"))
	for committee in committees:
		if committee.get("kind", "Examination") not in there:
			# see MAY_LOAD
			frappe.get_doc({"doctype": COMMITTEE, "programme": programme, **committee}).insert(ignore_permissions=True)


def read_preset(name: str) -> dict:
	"""The preset as data. Refuses an unknown name and anything the DocTypes do not know."""
	if name not in preset_names():
		frappe.throw(
			_("There is no preset “{0}”. Available: {1}").format(name, ", ".join(preset_names())),
			title=_("Unknown Preset"),
		)
	preset = json.loads((_folder() / f"{name}.json").read_text(encoding="utf-8"))
	for page in preset.get("pages", []):
		if isinstance(page.get("body"), dict):
			page["body"] = (_folder() / page["body"]["file"]).read_text(encoding="utf-8")
	preset["programme"]["form_fields"] = form.complete(preset["programme"].get("form_fields", ()))
	check_known(name, preset)
	return preset


def check_known(name: str, preset: dict):
	"""Raise ValidationError for a part, field or option that the DocTypes do not know."""
	_refuse_unknown(name, "", set(preset) - PARTS)
	own = _own_words(name, preset.get("words", []))
	_check(name, PROGRAMME, preset["programme"], own=own)
	for doctype, part in ((SECTION, "sections"), (COMMITTEE, "committees"), ("Kyodo Page", "pages")):
		for values in preset.get(part, []):
			_check(name, doctype, values)


def _save_programme(name, values, own=frozenset(), draft=False):
	marks = _marks(name)
	existing = frappe.db.get_value(PROGRAMME, {"preset": name}) or frappe.db.exists(PROGRAMME, values["programme_name"])
	programme = (
		frappe.get_doc(PROGRAMME, existing) if existing else frappe.get_doc({"doctype": PROGRAMME, "is_draft": int(draft), "is_active": 1})
	)
	changed = [key for key in values if not existing or _may_bring(programme, key, values[key], marks.get(key))]
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
def unchanged(name: str | None, programme: str, key: str) -> Iterator[None]:
	"""What a patch does to a field that is as its preset left it does not make it the city's own."""
	marks = _marks(name) if name else {}
	before = frappe.get_doc(PROGRAMME, programme)
	is_presets = key in marks and marks[key]["value"] == _hash(state_of(before, key))
	yield
	if is_presets:
		marks[key]["value"] = _hash(state_of(frappe.get_doc(PROGRAMME, programme), key))
		_set_marks(name, marks)


def rename_mark(name: str, programme: str, old: str, old_state: list, new: str):
	"""A patch has put what stood in the field `old` into `new`: if the city had left it as the preset made it, it is still so."""
	marks = _marks(name)
	mark = marks.pop(old, None)
	if mark and mark["value"] == _hash(old_state):
		marks[new] = {"value": _hash(state_of(frappe.get_doc(PROGRAMME, programme), new)), "preset": ""}
	_set_marks(name, marks)


def _with_defaults(programme, key, value):
	"""A copy, as Frappe writes into the rows it is given; rows with their defaults, which Frappe gives to new documents only."""
	field = programme.meta.get_field(key)
	if field.fieldtype not in table_fields:
		return value
	defaults = {df.fieldname: df.default for df in frappe.get_meta(field.options).fields if df.default}
	return [{**defaults, **row} for row in deepcopy(value)]


def _may_bring(programme, key, value, mark) -> bool:
	"""Whether the preset has something new for this key and the city has not made it its own."""
	if key == "programme_name":
		return False  # the record's name: renaming is the city's act
	if mark is None:
		return _is_unset(programme, key)  # was there before the preset
	return mark["value"] == _mark(programme, key, value)["value"] and mark["preset"] != _hash(value)


def _folder() -> Path:
	return Path(frappe.get_app_path("kyodo_frappe", "presets"))


def _own_words(name: str, rows: list[dict]) -> set[tuple[str, str]]:
	"""{(DocType, id)} of the words that a preset brings along."""
	for row in rows:
		if row.get("kind") not in vocabulary.KINDS or row["kind"] == vocabulary.RESULT or not (row.get("id") and row.get("word")):
			frappe.throw(_("Preset {0}: {1} cannot be “{2}”.").format(name, "words", row.get("id") or row.get("kind")))
	return {(row["kind"], row["id"]) for row in rows}


def _check(name, doctype, values, place="", own=frozenset()):
	"""Refuse what a record of `doctype`, or one of its rows, could not hold; `place`: where the row stands in the preset."""
	fields = {field.fieldname: field for field in frappe.get_meta(doctype).fields if field.fieldtype in data_fieldtypes + table_fields}
	here = place or doctype
	_refuse_unknown(name, here, set(values) - set(fields))
	for key, field in fields.items():
		if _must_be_said(field) and values.get(key) in (None, "", []):
			frappe.throw(_("Preset {0}: {1} does not say “{2}”.").format(name, here, _(field.label)))
	for key, value in values.items():
		field = fields[key]
		if not _can_hold(field, value, own):
			frappe.throw(_("Preset {0}: {1} cannot be “{2}”.").format(name, f"{here} · {key}", value))
		for number, row in enumerate(value if field.fieldtype in table_fields else (), start=1):
			_check(name, field.options, row, f"{doctype} · {key} · {number}", own)


def _must_be_said(field) -> bool:
	"""Required, and filled by nothing else: neither a default nor the programme into which the preset is loaded."""
	return bool(field.reqd and not field.default and field.fieldname != "programme")


def _can_hold(field, value, own) -> bool:
	if field.fieldtype in table_fields or isinstance(value, list):
		return field.fieldtype in table_fields and isinstance(value, list)
	if vocabulary.is_term(field):
		return not value or (field.options, value) in own or bool(frappe.db.exists(field.options, value))
	return field.fieldtype != "Select" or value in (field.options or "").split("\n")


def _refuse_unknown(name, place, keys):
	if keys:
		frappe.throw(_("Preset {0}: {1} does not know {2}.").format(name, place or "preset", ", ".join(sorted(keys))))


def _mark(doc, key, value) -> dict:
	"""How the site holds the value, and what the preset says: the two differ by defaults and types."""
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
