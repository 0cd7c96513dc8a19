"""What people type into numbers, dates and addresses, read before Frappe casts it (hooks.py: before_validate).

Frappe makes 0 of １２０，０００ and 2008 of 令和8年12月18日. Whichever way a text comes (desk, REST, portal, bulk edit, import), it is
read here as meant, or refused with a sentence that names field, value and remedy.
"""

import re
from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from kyodo_frappe.common.errors import InvalidDate, InvalidNumber
from kyodo_frappe.rules import dates, numbers
from kyodo_frappe.rules.clock import time_of_day
from kyodo_frappe.rules.dates import FIRST_WESTERN, read_day, read_fiscal_year, read_moment
from kyodo_frappe.rules.era import eras
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.rules.numbers import NotWhole, is_whole, read_number
from kyodo_frappe.rules.width import plain_line

FISCAL_YEAR = "fiscal_year"
NUMBERS = ("Int", "Float", "Currency", "Percent")
ADDRESSES = ("Email", "Phone", "URL")  # options of a Data field
# as programs and databases write a day, perhaps with the time
_MACHINE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?")


def before_validate(doc: Document, method: str | None = None):
	"""Read the texts in all number, date, time and address fields of a record and its rows. Raises InvalidNumber, InvalidDate."""
	for part in (*doc.get_all_children(), doc):  # rows first: totals follow from them
		for df in part.meta.fields:
			value = part.get(df.fieldname)
			if (value and (isinstance(value, str) and is_read(df))) or is_short_year(df, value):
				part.set(df.fieldname, read(df, str(value), field_name(part, df)))


def read(df, text: str, label: str | None = None) -> str | int | float | None:
	"""Return what a text typed into a field means, as Frappe stores it; None for an empty one. Raises InvalidNumber, InvalidDate."""
	try:
		if is_fiscal_year(df):
			return read_fiscal_year(text, getdate(nowdate()))
		if df.fieldtype in NUMBERS:
			return read_number(text, df.fieldtype)
		reader = _READERS.get(df.fieldtype)
		return reader(text) if reader else plain_line(text)
	except RuleError as error:
		_refuse(error, InvalidNumber if df.fieldtype in NUMBERS else InvalidDate, label or _(df.label or df.fieldname))


def is_fiscal_year(df) -> bool:
	"""Whether a field holds a fiscal year: the name of all such fields."""
	return df.fieldtype == "Int" and df.fieldname == FISCAL_YEAR


def fiscal_year(value: str | int | None) -> int:
	"""Return an argument that holds a fiscal year, 0 for an empty one. Raises InvalidNumber."""
	field = frappe._dict(fieldtype="Int", fieldname=FISCAL_YEAR, label="Fiscal Year")
	return read(field, str(value or "")) or 0


def is_short_year(df, value) -> bool:
	"""Whether a number in place of a fiscal year is a year of an era: 8, as programs and imports send it."""
	return is_fiscal_year(df) and isinstance(value, int) and 0 < value < FIRST_WESTERN


def day(text: str | None, label: str) -> str | None:
	"""Return an argument that holds a day as an ISO text, None for an empty one. `label`: names it. Raises InvalidDate."""
	return read(frappe._dict(fieldtype="Date"), text, label) if isinstance(text, str) else text


def field_name(part: Document, df) -> str:
	"""Return how sentences name a field: its label, in a row with table and number."""
	label = _(df.label or df.fieldname)
	if not part.get("parentfield"):
		return label
	table = frappe.get_meta(part.parenttype).get_label(part.parentfield)
	return _("{0}, row {1}: {2}").format(_(table), part.idx, label)


def check_whole(df, value: object, label: str):
	"""Raise InvalidNumber for a fraction in a field for whole numbers, where Frappe would cut it off."""
	if isinstance(value, float) and not is_whole(value, df.fieldtype):
		_refuse(NotWhole(f"{value:g}"), InvalidNumber, label)


def extend_bootinfo(bootinfo: dict):
	"""Tell the desk the eras and the sentences of refusals (public/js/desk/typing.js)."""
	kinds = [
		kind for module in (numbers, dates) for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, RuleError)
	]
	bootinfo["kyodo_typing"] = {
		"eras": eras_of_scripts(),
		"refusals": {kind.__name__: kind.source for kind in kinds},
	}


def eras_of_scripts() -> list[tuple]:
	"""Return [(kanji, letter, first day, day after the last or None)], as public/js/common/typed.js takes them."""
	return [(era.kanji, era.english_head, str(era.since), str(era.until) if era.until else None) for era in eras()]


def is_read(df) -> bool:
	"""Whether the texts of a field are read here."""
	return df.fieldtype in NUMBERS or df.fieldtype in _READERS or (df.fieldtype == "Data" and df.options in ADDRESSES)


def _refuse(error: RuleError, kind: type[Exception], label: str):
	values = [frappe.utils.escape_html(str(value)) for value in error.args_]
	frappe.throw(_("“{0}” cannot be read. {1}").format(label, _(error.source).format(*values)), kind)


def _day(text: str) -> str | None:
	found = read_day(text[:10] if _MACHINE.fullmatch(text) else text, getdate(nowdate()))
	return found and str(found)


def _moment(text: str) -> str | None:
	return text if _MACHINE.fullmatch(text) else read_moment(text, getdate(nowdate()))


def _time(text: str) -> str | None:
	return text if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?", text) else time_of_day(text)


_READERS: dict[str, Callable[[str], str | None]] = {"Date": _day, "Datetime": _moment, "Time": _time}
