"""Validation of field values in all records of this app, over REST, desk and portal alike (design.md §8).

Frappe responds to some invalid values with a database error (a text or a number too large for its column, NaN, an object
instead of a text) and silently changes others ("たくさん" becomes 0 members, `<b>` is removed). Here they are refused with
a message that names the field. Only changed values are checked, so that older records can still be saved.
"""

import math
import re
from collections.abc import Iterator

import frappe
from bs4 import BeautifulSoup
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate
from frappe.utils.html_utils import is_json

from kyodo_frappe.common.errors import InvalidDate, InvalidNumber, InvalidValue
from kyodo_frappe.common.typed_input import check_whole, field_name
from kyodo_frappe.permissions import attachments
from kyodo_frappe.permissions.errors import ForeignFile, HTMLNotAllowed, NumberTooLarge, TextTooLong

TEXT_BYTES = 65_535  # a TEXT column of MariaDB
MAX_INT = 2**31 - 1
MAX_AMOUNT = 10**12  # one trillion yen, the limit of a decimal column
LINES = ("Data", "Link", "Select", "Phone")
TEXTS = ("Data", "Small Text", "Text", "Long Text")
CHOICES = ("Link", "Dynamic Link", "Select", "Phone", "Attach", "Attach Image")
SHORT_TEXTS = ("Small Text", "Text")
NUMBERS = ("Int", "Float", "Currency", "Percent")
DATES = ("Date", "Datetime")
ATTACHMENTS = ("Attach", "Attach Image")
# unusual line breaks, e.g. PowerPoint's vertical tab, which prints and spreadsheets cannot handle
_LINE_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_TAG = re.compile("<[a-zA-Z/!?]")
_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


def before_validate(doc: Document, method: str | None = None):
	"""Check types, lengths and tags of changed values, and remove invisible characters. Raises subclasses of InvalidValue."""
	for part, field, value in _new_values(doc):
		_check_type(part, field, value)
		if field.fieldtype in TEXTS and isinstance(value, str):
			_check_text(part, field, value)
		elif field.fieldtype in CHOICES and isinstance(value, str):
			refuse_tags(value, field_name(part, field))


def validate(doc: Document, method: str | None = None):
	"""Check numbers that the controller has computed, and that attachments belong to the record or the user.

	Raises NumberTooLarge, ForeignFile.
	"""
	for part, field, value in _new_values(doc):
		if field.fieldtype in NUMBERS:
			_check_number(part, field, value)
		elif field.fieldtype in ATTACHMENTS and value:
			_check_attachment(doc, part, field, value)


def check_texts(doc: Document, method: str | None = None):
	"""Refuse tags in records of Frappe whose texts the desk shows with ours (hooks.py: User, Tag). Raises HTMLNotAllowed."""
	for part, field, value in _new_values(doc):
		if field.fieldtype in TEXTS and field.fieldname != "email_signature" and isinstance(value, str):
			refuse_tags(value, field_name(part, field))


def close_tags(doc: Document, method: str | None = None):
	"""Escape rich text that Frappe would not sanitise, in records that the desk shows with ours (hooks.py).

	Frappe sanitises only texts that contain a complete tag and are no JSON.
	"""
	for field in doc.meta.fields:
		value = doc.get(field.fieldname)
		if field.fieldtype in ("Text Editor", "HTML Editor") and isinstance(value, str):
			doc.set(field.fieldname, with_whole_tags(value))


def with_whole_tags(html: str) -> str:
	"""Return HTML unchanged if Frappe's `sanitize_html` would sanitise it, otherwise escaped."""
	if has_tags(html) and (is_json(html) or not BeautifulSoup(html, "html.parser").find()):
		return html.replace("<", "&lt;")
	return html


def _new_values(doc: Document) -> Iterator[tuple[Document, Document, object]]:
	"""Yield (record or row, field, value) for each value that this save changes."""
	before = doc.get_doc_before_save()
	stored = {row.name: row for row in before.get_all_children()} if before else {}
	for part in (*doc.get_all_children(), doc):  # rows first, because an error there also shows in the record's totals
		old = before if part is doc else stored.get(part.name)
		for field in part.meta.fields:
			value = part.get(field.fieldname)
			if value not in (None, "") and not (old and old.get(field.fieldname) == value):
				yield part, field, value


# -- kinds -------------------------------------------------------------------------


def _check_type(part: Document, field: Document, value: object):
	if field.fieldtype in NUMBERS:
		_check_number(part, field, value)
		check_whole(field, value, field_name(part, field))
	elif field.fieldtype in DATES:
		if isinstance(value, (int, float, list, dict)):
			frappe.throw(_("“{0}”: “{1}” is not a date.").format(field_name(part, field), _excerpt(value)), InvalidDate)
		if field.fieldtype == "Date":
			_as_date(part, field, value)
	elif field.fieldtype in (*TEXTS, *LINES, *ATTACHMENTS) and isinstance(value, (list, dict)):
		frappe.throw(_("“{0}” must be text.").format(field_name(part, field)), InvalidValue)


def _as_number(part: Document, field: Document, value: object) -> float:
	"""Parse a number as Frappe does, but raise InvalidNumber where Frappe would store 0."""
	try:
		number = float(value.replace(",", "") if isinstance(value, str) else value)
	except (TypeError, ValueError):
		number = math.nan
	if math.isnan(number):
		frappe.throw(_("“{0}”: “{1}” is not a number.").format(field_name(part, field), _excerpt(value)), InvalidNumber)
	return number


def _as_date(part: Document, field: Document, value: object):
	try:
		getdate(value)
	except Exception:
		# Frappe's own message does not name the field
		frappe.clear_last_message()
		frappe.throw(_("“{0}”: “{1}” is not a date.").format(field_name(part, field), _excerpt(value)), InvalidDate)


def _check_number(part: Document, field: Document, value: object):
	number = _as_number(part, field, value)
	if field.non_negative and number < 0:
		frappe.throw(_("“{0}” cannot be less than 0.").format(field_name(part, field)), frappe.NonNegativeError)
	if field.fieldtype == "Int" and abs(number) > MAX_INT:
		frappe.throw(_("“{0}”: the number is too large.").format(field_name(part, field)), NumberTooLarge)
	if abs(number) >= MAX_AMOUNT:
		if field.fieldtype == "Currency":
			frappe.throw(_("“{0}” must be less than one trillion yen.").format(field_name(part, field)), NumberTooLarge)
		frappe.throw(_("“{0}”: the number is too large.").format(field_name(part, field)), NumberTooLarge)


# -- texts -------------------------------------------------------------------------


def _check_text(part: Document, field: Document, value: str):
	text = _CONTROL_CHARACTERS.sub("", _LINE_BREAKS.sub(" " if field.fieldtype == "Data" else "\n", value))
	if text != value:
		part.set(field.fieldname, text)
	_check_length(part, field, text)
	refuse_tags(text, field_name(part, field))


def refuse_tags(text: str | None, label: str):
	"""Raise HTMLNotAllowed for a text with HTML tags. `label`: names the field in the message."""
	if has_tags(text or ""):
		frappe.throw(_("“{0}” contains HTML tags. Please use full-width “＜” and “＞”.").format(label), HTMLNotAllowed)


def _check_length(part: Document, field: Document, text: str):
	if field.fieldtype == "Data" and len(text) > (most := field.length or frappe.db.VARCHAR_LEN):
		frappe.throw(_("“{0}” is too long: at most {1} characters.").format(field_name(part, field), most), TextTooLong)
	if field.fieldtype in SHORT_TEXTS and len(text.encode()) > TEXT_BYTES:
		frappe.throw(_("“{0}” is too long: at most {1} characters.").format(field_name(part, field), f"{TEXT_BYTES // 3:,}"), TextTooLong)


def has_tags(text: str) -> bool:
	"""Whether a browser could read part of a text as HTML.

	Unclosed tags count, because the surrounding page would close them. “1 < 2” and “<3” are not tags in any browser.
	"""
	return bool(_TAG.search(text))


# -- attachments -------------------------------------------------------------------


def _check_attachment(doc: Document, part: Document, field: Document, url: str):
	"""Raise ForeignFile for a file of another record; Frappe would attach any private file whose URL is known."""
	address = attachments.claim(doc, field.fieldname, url)
	if address is None:
		frappe.throw(
			_("“{0}”: please upload the file here. Files of other records and URLs are not accepted.").format(field_name(part, field)),
			ForeignFile,
		)
	part.set(field.fieldname, address)


# -- words --------------------------------------------------------------------------


def _excerpt(value: object) -> str:
	return frappe.utils.escape_html(str(value)[:40])
