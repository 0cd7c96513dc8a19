"""Corrections (補正) that the office requests field by field, and the answers to them.

Rows are kept as a history of the exchange when the record is submitted again. A row is open until it is settled.
"""

import frappe
from frappe import _
from frappe.model import display_fieldtypes
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime

from kyodo_frappe.common.errors import CorrectionReasonMissing, CorrectionSent, RowMissing, UnknownField
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.rules.era import era_date

QUOTED = 40  # characters of the beginning and the end of a passage in a letter
LONGEST_PASSAGE = 1000  # characters


def open_rows(doc: Document) -> list[Document]:
	"""Return the rows of the corrections table that are not settled yet."""
	return [row for row in doc.corrections if not row.settled]


def check_reason(doc: Document):
	"""Require a reason before a record is returned, for the whole record or in rows for its parts, and date the new rows.

	Raises CorrectionReasonMissing without either.
	"""
	rows = open_rows(doc)
	if not rows and not (doc.return_reason or "").strip():
		frappe.throw(
			_("Please say what has to be corrected: in “{0}” for the whole record, or in “{1}” for individual fields.").format(
				_(doc.meta.get_label("return_reason")), _(doc.meta.get_label("corrections"))
			),
			CorrectionReasonMissing,
		)
	for row in rows:
		row.returned_on = row.returned_on or now_datetime().replace(microsecond=0)


def settle(doc: Document):
	"""Mark every correction as settled."""
	for row in doc.corrections:
		row.settled = 1


def set_field_labels(doc: Document, labels: dict[str, str] | None = None):
	"""Set `field_label` of each row. `labels`: {fieldname: the programme's own label}.

	Raises ValidationError for a fieldname that the record does not have.
	"""
	for row in doc.corrections:
		if not row.field:
			row.field_label = None
			continue
		df = doc.meta.get_field(row.field)
		if df is None or df.hidden or df.fieldtype in display_fieldtypes:
			frappe.throw(_("Row {0} of the corrections: there is no field “{1}”.").format(row.idx, row.field), UnknownField)
		row.field_label = (labels or {}).get(row.field) or _(df.label, lang=RECORD_LANGUAGE)


def open_by_field(doc: Document) -> dict[str, list[dict]]:
	"""Return the open corrections by field: {fieldname, or "" for the whole record: [{name, passage, reason, answer}]}."""
	found = {}
	for row in open_rows(doc):
		if row.returned_on:
			said = frappe._dict(name=row.name, passage=row.passage or "", reason=row.reason, answer=row.answer or "")
			found.setdefault(row.field or "", []).append(said)
	return found


def as_lines(doc: Document) -> list[str]:
	"""Return the open corrections as lines of a letter: the reason for the whole record first, then `事業計画「…」：…` per field."""
	whole = [doc.return_reason.strip()] if (doc.return_reason or "").strip() else []
	return whole + [_line(row) for row in open_rows(doc)]


def _line(row: Document) -> str:
	place = (row.field_label or "") + (f"「{one_line(row.passage)}」" if row.passage else "")
	return f"{place}：{row.reason}" if place else row.reason


def one_line(passage: str) -> str:
	"""Return a quoted passage without line breaks, its middle left out where it is long."""
	text = " ".join(passage.split())
	return text if len(text) <= 2 * QUOTED else f"{text[:QUOTED]}…{text[-QUOTED:]}"


# -- points that are collected while a record is read -------------------------------------------------


def add(doc: Document, field: str, passage: str, reason: str) -> Document:
	"""Append a correction that has not been sent yet; the caller saves. field: "" for the whole. Raises CorrectionReasonMissing."""
	text = _reason(reason)
	return doc.append("corrections", {"field": field or None, "passage": passage.strip()[:LONGEST_PASSAGE] or None, "reason": text})


def change(doc: Document, name: str, reason: str):
	"""Set the reason of a correction that has not been sent; the caller saves. Raises CorrectionSent, CorrectionReasonMissing."""
	_unsent(doc, name).reason = _reason(reason)


def remove(doc: Document, name: str):
	"""Remove a correction that has not been sent; the caller saves. Raises CorrectionSent."""
	doc.remove(_unsent(doc, name))


def row_of(doc: Document, name: str) -> Document:
	"""Return a row of the corrections. Raises ValidationError for one that does not exist any more."""
	row = next((row for row in doc.corrections if row.name == name), None)
	if row is None:
		frappe.throw(_("This row no longer exists. Please reload the page."), RowMissing)
	return row


def as_points(doc: Document) -> list[dict]:
	"""[{name, field, label, passage, reason, answer, sent, settled}] of all corrections, in the order in which they were asked for."""
	return [
		{
			"name": row.name,
			"field": row.field or "",
			"label": row.field_label or _("The whole"),
			"passage": row.passage or "",
			"reason": row.reason,
			"answer": row.answer or "",
			"sent": era_date(getdate(row.returned_on)) if row.returned_on else "",
			"settled": bool(row.settled),
		}
		for row in doc.corrections
	]


def _unsent(doc: Document, name: str) -> Document:
	row = row_of(doc, name)
	if row.returned_on:
		frappe.throw(_("This correction was sent on {0}, so it stays as it is.").format(era_date(getdate(row.returned_on))), CorrectionSent)
	return row


def _reason(text: str) -> str:
	if not text.strip():
		frappe.throw(_("Please say what has to be corrected."), CorrectionReasonMissing)
	return text.strip()
