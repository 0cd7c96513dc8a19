"""Inputs of portal forms for the fields that a programme's form declares."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common import vocabulary
from kyodo_frappe.programme import choices, form
from kyodo_frappe.programme.form import NUMBERS, TEXTS, Field

KINDS = {
	**dict.fromkeys(TEXTS, "area"),
	**dict.fromkeys(NUMBERS, "number"),
	"Select": "select",
	"Link": "select",
	"Check": "tick",
	"Date": "date",
}
AGREES = "agrees-"
MOST_ON_A_SCREEN = 3
# {options of a Data field: (type, autocomplete) of its input}
LINES = {"Email": ("email", "email"), "Phone": ("tel", "tel"), "URL": ("url", "url")}


def kind_of(df: Document) -> str:
	"""Return the kind of input for a field: area, number, select, tick, date or line."""
	return KINDS.get(df.fieldtype, "line")


def input_for(one: Field, offered: list | None = None) -> dict:
	"""Return the input of a field for templates/kyodo/web/inputs.html. `offered`: [(value, label)] instead of its own choices."""
	kind = "table" if one.is_table else kind_of(one.df)
	said = frappe._dict(name=one.name, label=one.label, help=one.help, required=one.required, kind=kind, former=one.former)
	said.type, said.autocomplete = LINES.get(one.df.options if one.df.fieldtype == "Data" else "", ("text", ""))
	said.max_length, said.example = one.max_length, one.example
	if one.is_table:
		said.columns = [column(one.column(name), heading) for name, heading in one.columns.items()]
		said.fixed = one.has_fixed_rows
	elif kind == "select":
		said.choices = choices_of(one.df) if offered is None else offered
	return said


def screens(asked: Iterable[dict]) -> list[list[dict]]:
	"""Group the inputs of a step into what a phone shows at a time: a long text or a table by itself, a few short ones together."""
	found: list[list[dict]] = []
	for one in asked:
		fits = found and _is_short(one) and all(_is_short(other) for other in found[-1]) and len(found[-1]) < MOST_ON_A_SCREEN
		if fits and bool(found[-1][0].former) == bool(one.former):
			found[-1].append(one)
		else:
			found.append([one])
	return found


def _is_short(one: dict) -> bool:
	return one.kind not in ("area", "table")


def consent_sentence(record: Document, besides: Iterable[str] = ()) -> str:
	"""Return the sentence that lists what consent to publication opens to everybody (see form.public_headings."""
	return _("With your consent, everybody can read: {0}.").format(_(", ").join(form.public_headings(record, besides)))


def consent_checkboxes(organisation: Document) -> list[dict]:
	"""Return a checkbox for each field that the form publishes since the organisation gave its consent.

	Consent covers only what was shown when it was given.
	"""
	help_text = _("The city has made this field public since you gave your consent. It stays private until you agree.")
	return [
		frappe._dict(name=f"{AGREES}{one.name}", label=_("Also publish: {0}").format(one.label), help=help_text, kind="tick")
		for one in form.unconsented_fields(organisation)
	]


def consented_fields(given: dict) -> set[str]:
	"""Return the names of the fields whose checkbox (`consent_checkboxes`) was ticked."""
	return {key.removeprefix(AGREES) for key, value in given.items() if key.startswith(AGREES) and value}


def column(df: Document, heading: str = "") -> tuple:
	"""Return (name, heading, kind, choices or None) of a table column."""
	kind = kind_of(df)
	return df.fieldname, heading or _(df.label), kind, choices_of(df) if kind == "select" else None


def choices_of(df: Document) -> list[tuple[str, str]]:
	"""Return [(value, label)]: the options of a Select or term field, the readable records of any other Link."""
	return vocabulary.options(df) if vocabulary.is_choice(df) else choices.of_link(df)
