"""What a value may be, for every record of ours and every way in (REST, desk, portal): one sentence that names the field.

Frappe answers some of this with a database error (a text or a number beyond its column, NaN, an object for a text), and
changes some of it without a word ("たくさん" becomes 0 members, `<b>` is cleaned away); those are refused here. Only what
is new is looked at, so that a record that was stored once can still go its way. Source: design.md §8.
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

from kyodo_frappe.permissions import attachments

TEXT_BYTES = 65_535  # a TEXT column of MariaDB
INT_MOST = 2**31 - 1
MOST = 10**12  # one trillion yen; a decimal column ends right below it
LINES = ("Data", "Link", "Select", "Phone")
TEXTS = ("Data", "Small Text", "Text", "Long Text")
CHOICES = ("Link", "Dynamic Link", "Select", "Phone", "Attach", "Attach Image")
SHORT_TEXTS = ("Small Text", "Text")
NUMBERS = ("Int", "Float", "Currency", "Percent")
DATES = ("Date", "Datetime")
ATTACHMENTS = ("Attach", "Attach Image")
# No person types them and no print or spreadsheet takes them; PowerPoint's line break is the vertical tab.
_LINE_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_TAG = re.compile("<[a-zA-Z/!?]")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


def before_validate(doc: Document, method: str | None = None):
	"""Values are of their field's kind, and texts hold nothing that cannot be stored or shown."""
	for part, field, value in _new_values(doc):
		_check_kind(part, field, value)
		if field.fieldtype in TEXTS and isinstance(value, str):
			_check_text(part, field, value)
		elif field.fieldtype in CHOICES and isinstance(value, str):
			refuse_tags(value, _name(part, field))


def validate(doc: Document, method: str | None = None):
	"""Numbers that were computed fit, too; attachments are the record's or the writer's own."""
	for part, field, value in _new_values(doc):
		if field.fieldtype in NUMBERS:
			_check_number(part, field, value)
		elif field.fieldtype in ATTACHMENTS and value:
			_check_attachment(doc, part, field, value)


def check_texts(doc: Document, method: str | None = None):
	"""Records of Frappe's own whose texts the desk shows beside ours (hooks.py): names of logins, tags, titles of files."""
	for part, field, value in _new_values(doc):
		if field.fieldtype in TEXTS and field.fieldname != "email_signature" and isinstance(value, str):
			refuse_tags(value, _name(part, field))


def close_tags(doc: Document, method: str | None = None):
	"""Rich text that the desk shows beside our records: Frappe cleans it only where it finds a whole tag and no JSON. What it
	would leave as it is shows as it was written."""
	for field in doc.meta.fields:
		value = doc.get(field.fieldname)
		if field.fieldtype in ("Text Editor", "HTML Editor") and isinstance(value, str):
			doc.set(field.fieldname, with_whole_tags(value))


def with_whole_tags(html: str) -> str:
	"""HTML as it is if Frappe would clean it (frappe.utils.html_utils.sanitize_html); what it would pass over, written out."""
	if has_tags(html) and (is_json(html) or not BeautifulSoup(html, "html.parser").find()):
		return html.replace("<", "&lt;")
	return html


def _new_values(doc: Document) -> Iterator[tuple[Document, Document, object]]:
	"""(record or row, field, value) of all that this save would store anew."""
	before = doc.get_doc_before_save()
	stored = {row.name: row for row in before.get_all_children()} if before else {}
	for part in (*doc.get_all_children(), doc):  # rows first: what is wrong in one shows again in the record's sums
		old = before if part is doc else stored.get(part.name)
		for field in part.meta.fields:
			value = part.get(field.fieldname)
			if value not in (None, "") and not (old and old.get(field.fieldname) == value):
				yield part, field, value


# -- kinds -------------------------------------------------------------------------


def _check_kind(part: Document, field: Document, value: object):
	if field.fieldtype in NUMBERS:
		_check_number(part, field, value)
	elif field.fieldtype in DATES:
		if isinstance(value, (int, float, list, dict)):
			frappe.throw(_("“{0}”: “{1}” is not a date.").format(_name(part, field), _shown(value)))
		if field.fieldtype == "Date":
			_as_date(part, field, value)
	elif field.fieldtype in (*TEXTS, *LINES, *ATTACHMENTS) and isinstance(value, (list, dict)):
		frappe.throw(_("“{0}” takes a text.").format(_name(part, field)))


def _as_number(part: Document, field: Document, value: object) -> float:
	"""As Frappe reads it; but what it would take for 0 is refused."""
	try:
		number = float(value.replace(",", "") if isinstance(value, str) else value)
	except (TypeError, ValueError):
		number = math.nan
	if math.isnan(number):
		frappe.throw(_("“{0}”: “{1}” is not a number.").format(_name(part, field), _shown(value)))
	return number


def _as_date(part: Document, field: Document, value: object):
	try:
		getdate(value)
	except Exception as wrong:
		# Frappe's own refusal names the value, not the field
		frappe.clear_last_message()
		frappe.throw(_("“{0}”: “{1}” is not a date.").format(_name(part, field), _shown(value)), type(wrong))


def _check_number(part: Document, field: Document, value: object):
	number = _as_number(part, field, value)
	if field.non_negative and number < 0:
		frappe.throw(_("“{0}” cannot be less than 0.").format(_name(part, field)), frappe.NonNegativeError)
	if field.fieldtype == "Int" and abs(number) > INT_MOST:
		frappe.throw(_("“{0}” is too large a number.").format(_name(part, field)))
	if abs(number) >= MOST:
		if field.fieldtype == "Currency":
			frappe.throw(_("“{0}” has to be less than one trillion yen.").format(_name(part, field)))
		frappe.throw(_("“{0}” is too large a number.").format(_name(part, field)))


# -- texts -------------------------------------------------------------------------


def _check_text(part: Document, field: Document, value: str):
	text = _UNSEEN.sub("", _LINE_BREAKS.sub(" " if field.fieldtype == "Data" else "\n", value))
	if text != value:
		part.set(field.fieldname, text)
	_check_length(part, field, text)
	refuse_tags(text, _name(part, field))


def refuse_tags(text: str | None, label: str):
	"""Raise ValidationError for a text with tags that is not put into a record at once."""
	if has_tags(text or ""):
		frappe.throw(_("“{0}” contains HTML tags. Please write “＜” and “＞” in full width.").format(label))


def _check_length(part: Document, field: Document, text: str):
	if field.fieldtype == "Data" and len(text) > (most := field.length or frappe.db.VARCHAR_LEN):
		frappe.throw(_("“{0}” is too long: at most {1} characters.").format(_name(part, field), most))
	if field.fieldtype in SHORT_TEXTS and len(text.encode()) > TEXT_BYTES:
		frappe.throw(_("“{0}” is too long: at most {1} characters.").format(_name(part, field), f"{TEXT_BYTES // 3:,}"))


def has_tags(text: str) -> bool:
	"""Whether a browser could take part of a text for HTML. A tag that is never closed counts: where the text is shown, the
	page around it closes it. “1 < 2” and “<3” are no tags to any browser."""
	return bool(_TAG.search(text))


# -- attachments -------------------------------------------------------------------


def _check_attachment(doc: Document, part: Document, field: Document, url: str):
	"""Frappe would hang any private file on the record of whoever knows its address."""
	address = attachments.claim(doc, field.fieldname, url)
	if address is None:
		frappe.throw(
			_("“{0}”: please upload the file here. Files of other records and addresses cannot be entered.").format(_name(part, field)),
			frappe.PermissionError,
		)
	part.set(field.fieldname, address)


# -- words --------------------------------------------------------------------------


def _name(part: Document, field: Document) -> str:
	label = _(field.label or field.fieldname)
	if not part.get("parentfield"):
		return label
	table = frappe.get_meta(part.parenttype).get_label(part.parentfield)
	return _("{0}, row {1}: {2}").format(_(table), part.idx, label)


def _shown(value: object) -> str:
	return frappe.utils.escape_html(str(value)[:40])
