"""Which input a field of a form is written in: the same for every form of the portal."""

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
# what a browser is told of a line of text, by the options of its field: (type, autocomplete)
LINES = {"Email": ("email", "email"), "Phone": ("tel", "tel"), "URL": ("url", "url")}


def kind_of(df: Document) -> str:
	return KINDS.get(df.fieldtype, "line")


def of(one: Field, offered: list | None = None) -> dict:
	"""An input as templates/kyodo/proposals/writing.html and inputs.html show it."""
	kind = "table" if one.is_table else kind_of(one.df)
	said = frappe._dict(name=one.name, label=one.label, help=one.help, required=one.required, kind=kind, former=one.former)
	said.type, said.autocomplete = LINES.get(one.df.options if one.df.fieldtype == "Data" else "", ("text", ""))
	said.max_length = one.max_length
	if one.is_table:
		said.columns = [column(one.column(name), heading) for name, heading in one.columns.items()]
	elif kind == "select":
		said.choices = choices_of(one.df) if offered is None else offered
	return said


def opened(record: Document, besides: Iterable[str] = ()) -> str:
	"""What one agrees to who agrees to publication; see form.public_headings."""
	return _("Then everybody can read: {0}.").format(_(", ").join(form.public_headings(record, besides)))


def opened_since(organisation: Document) -> list[dict]:
	"""A tick for each field that the form opens since an organisation agreed to show its profile: one agrees to what one saw."""
	help_text = _("The city would like to show this to everybody since you agreed.")
	return [
		frappe._dict(name=f"{AGREES}{one.name}", label=_("Show this, too: {0}").format(one.label), help=help_text, kind="tick")
		for one in form.unconsented_fields(organisation)
	]


def agreed_to(given: dict) -> set[str]:
	"""The names of the fields whose tick (`opened_since`) was sent."""
	return {key.removeprefix(AGREES) for key, value in given.items() if key.startswith(AGREES) and value}


def column(df: Document, heading: str = "") -> tuple:
	"""(name, heading, kind, choices) of a column of a table."""
	kind = kind_of(df)
	return df.fieldname, heading or _(df.label), kind, choices_of(df) if kind == "select" else None


def choices_of(df: Document) -> list[tuple[str, str]]:
	"""[(value, shown)]: the options of a Select; of a Link the records that this login may read."""
	return vocabulary.options(df) if vocabulary.is_choice(df) else choices.of_link(df)
