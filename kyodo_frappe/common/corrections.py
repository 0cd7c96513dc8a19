"""Corrections (補正) that the office requests field by field, and the answers to them.

Rows are kept as a history of the exchange when the record is submitted again. A row is open until it is settled.
"""

import frappe
from frappe import _
from frappe.model import display_fieldtypes
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.common.errors import CorrectionReasonMissing, UnknownField
from kyodo_frappe.common.language import RECORD_LANGUAGE


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
	"""Return the open corrections by field: {fieldname, or "" for the whole record: [{name, reason, answer}]}."""
	found = {}
	for row in open_rows(doc):
		if row.returned_on:
			found.setdefault(row.field or "", []).append(frappe._dict(name=row.name, reason=row.reason, answer=row.answer or ""))
	return found


def as_lines(doc: Document) -> list[str]:
	"""Return the open corrections as lines of a letter: the reason for the whole record first, then `事業計画：…` per field."""
	whole = [doc.return_reason.strip()] if (doc.return_reason or "").strip() else []
	return whole + [f"{row.field_label}：{row.reason}" if row.field_label else row.reason for row in open_rows(doc)]
