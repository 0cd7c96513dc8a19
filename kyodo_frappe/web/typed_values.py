"""Conversion of typed text to field values, and back."""

import re

import frappe
from frappe import _
from frappe.utils import flt

from kyodo_frappe.common import typed_input, vocabulary
from kyodo_frappe.common.errors import InvalidValue
from kyodo_frappe.permissions import field_limits
from kyodo_frappe.permissions.errors import HTMLNotAllowed, NumberTooLarge, TextTooLong

NUMBERS = field_limits.NUMBERS
TEXTS = ("Small Text", "Text", "Long Text")
# yen per line, so that the sum of a full table still fits into a database column
MAX_AMOUNT = 9_999_999_999
MISSING_FIELDS = re.compile(r"\[(?P<doctype>[^,\]]+), .*\]: (?P<fields>\w+(, \w+)*)")


def missing_fields_message(error: Exception) -> str:
	"""Return Frappe's MandatoryError with labels instead of fieldnames, or "" for any other error."""
	found = isinstance(error, frappe.MandatoryError) and MISSING_FIELDS.fullmatch(str(error))
	if not found:
		return ""
	meta = frappe.get_meta(found["doctype"])
	metas = [*(frappe.get_meta(table.options) for table in meta.get_table_fields()), meta]
	labels = {df.fieldname: df.label for each in metas for df in each.fields}
	names = dict.fromkeys(found["fields"].split(", "))
	return _("Please fill in: {0}.").format(_(", ").join(_(labels.get(name) or name) for name in names))


def parse(df, text) -> str | int | float | None:
	"""Convert typed text to the value of a field. Full-width digits, commas, 円 and 和暦 are understood.

	Raises InvalidValue or a subclass for text that is no valid value or could not be stored as typed, and
	NonNegativeError.
	"""
	text = clean(text)
	if df.fieldtype == "Check":
		return int(text not in ("", "0"))
	if df.fieldtype in TEXTS:
		return _text(df, text)
	text = text.strip()
	if df.fieldtype in NUMBERS:
		return _number(df, text)
	if df.fieldtype == "Date":
		return typed_input.read(df, text)
	if not _may_be_chosen(df, text):
		frappe.throw(_("“{0}”: please choose one of the answers.").format(_(df.label)), InvalidValue)
	if df.fieldtype == "Data" and len(text) > (df.length or 140):
		frappe.throw(_("“{0}” is too long: at most {1} characters.").format(_(df.label), df.length or 140), TextTooLong)
	if df.fieldtype == "Data" and df.options in typed_input.ADDRESSES:
		text = typed_input.read(df, text)
	return _text(df, text)


def _may_be_chosen(df, text: str) -> bool:
	if df.fieldtype == "Select":
		# without options the form offers its own choices, which the controller checks
		return not df.options or text in df.options.split("\n")
	return not text or not vocabulary.is_term(df) or bool(frappe.db.exists(df.options, text))


def clean(text) -> str:
	"""Normalise line ends and remove what the database cannot store: NUL and lone surrogates."""
	text = str(text if text is not None else "").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
	return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _text(df, text: str) -> str | None:
	if not text.strip():
		return None
	if df.fieldtype in field_limits.SHORT_TEXTS and len(text.encode()) > field_limits.TEXT_BYTES:
		frappe.throw(_("“{0}” is too long: at most {1} characters.").format(_(df.label), f"{field_limits.TEXT_BYTES // 3:,}"), TextTooLong)
	if field_limits.has_tags(text):
		# Frappe would sanitise the text and store something else than was typed
		frappe.throw(_("“{0}” contains HTML tags. Please use full-width “＜” and “＞”.").format(_(df.label)), HTMLNotAllowed)
	return text


def _number(df, text: str) -> int | float | None:
	number = typed_input.read(df, text)
	if number is None:
		return None
	if abs(number) > (field_limits.MAX_INT if df.fieldtype == "Int" else MAX_AMOUNT):
		frappe.throw(_("“{0}”: the number {1} is too large.").format(_(df.label), text[:40]), NumberTooLarge)
	if df.get("non_negative") and number < 0:
		frappe.throw(_("“{0}”: the number must not be negative.").format(_(df.label)), frappe.NonNegativeError)
	return number if df.fieldtype == "Int" else flt(number)


def as_typed(df, value) -> str:
	"""Return a stored value as the text of an input."""
	if value in (None, ""):
		return ""
	if df.fieldtype in NUMBERS:
		return f"{flt(value):.6f}".rstrip("0").rstrip(".") if flt(value) else ""
	if df.fieldtype == "Check":
		return "1" if value else ""
	return str(value)


def as_stored(df, text: str) -> str:
	"""Return typed text as it will be shown once it is stored. Raises ValidationError as `parse`."""
	return as_typed(df, parse(df, text))
