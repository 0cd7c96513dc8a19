"""What the office asks to be corrected, field by field, and how it was answered (補正).

Rows stay when the record comes back: they are the memory of the exchange. A row is open until it is settled.
"""

import frappe
from frappe import _
from frappe.model import display_fieldtypes
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.common.language import RECORD_LANGUAGE


def open_rows(doc: Document) -> list[Document]:
	return [row for row in doc.corrections if not row.settled]


def check_asked(doc: Document):
	"""A record goes back with a reason: for the whole, or for the parts that the rows name. Stamps the new rows."""
	rows = open_rows(doc)
	if not rows and not (doc.return_reason or "").strip():
		frappe.throw(
			_("Please say what to correct: for the whole under “{0}”, or part by part under “{1}”.").format(
				_(doc.meta.get_label("return_reason")), _(doc.meta.get_label("corrections"))
			),
			frappe.MandatoryError,
		)
	for row in rows:
		row.returned_on = row.returned_on or now_datetime().replace(microsecond=0)


def settle(doc: Document):
	for row in doc.corrections:
		row.settled = 1


def name_parts(doc: Document, labels: dict[str, str] | None = None):
	"""Fill in the heading of the part each row concerns. `labels`: the programme's own headings by fieldname.

	Raises ValidationError for a fieldname that the record has not.
	"""
	for row in doc.corrections:
		if not row.field:
			row.field_label = None
			continue
		df = doc.meta.get_field(row.field)
		if df is None or df.hidden or df.fieldtype in display_fieldtypes:
			frappe.throw(_("Row {0} of the corrections: there is no part “{1}”.").format(row.idx, row.field))
		row.field_label = (labels or {}).get(row.field) or _(df.label, lang=RECORD_LANGUAGE)


def beside(doc: Document) -> dict[str, list[dict]]:
	"""{fieldname or "": [{name, reason, answer}]}: what is asked, for showing beside the field."""
	found = {}
	for row in open_rows(doc):
		if row.returned_on:
			found.setdefault(row.field or "", []).append(frappe._dict(name=row.name, reason=row.reason, answer=row.answer or ""))
	return found


def as_lines(doc: Document) -> list[str]:
	"""What is asked, line by line, for a letter: the reason for the whole, then 事業計画：…"""
	whole = [doc.return_reason.strip()] if (doc.return_reason or "").strip() else []
	return whole + [f"{row.field_label}：{row.reason}" if row.field_label else row.reason for row in open_rows(doc)]
