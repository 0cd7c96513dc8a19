"""Minutes in the usual form, from what happened."""

from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.rules.era import era_date
from kyodo_frappe.services.speech import RECORD_LANGUAGE


def draft(meeting: Document) -> str:
	"""The usual form of minutes (日時・場所・出席・欠席・傍聴・議題・結果・発言要旨), from what happened.

	A closed item leaves its number and legal ground only: the minutes are published.
	"""
	present = [row for row in meeting.attendance if row.present]
	absent = [row for row in meeting.attendance if not row.present]
	lines = [
		_("Date: {0} {1}", lang=RECORD_LANGUAGE).format(era_date(getdate(meeting.meeting_date)), meeting.begins_at or "").strip(),
		_("Place: {0}", lang=RECORD_LANGUAGE).format(meeting.place or "－"),
		_("Present: {0}", lang=RECORD_LANGUAGE).format(_names(present)),
		_("Absent: {0}", lang=RECORD_LANGUAGE).format(_names(absent)),
		_("Observers: {0}", lang=RECORD_LANGUAGE).format(meeting.observers or 0),
		"",
	]
	for number, item in enumerate(meeting.agenda, 1):
		lines += [*_item_minutes(meeting, number, item), ""]
	return "\n".join(lines).strip()


def _item_minutes(meeting: Document, number: int, item: Document) -> list[str]:
	if item.closed:
		return [_("Item {0}: closed ({1})", lang=RECORD_LANGUAGE).format(number, item.legal_ground or "－")]
	lines = [_("Item {0}: {1}", lang=RECORD_LANGUAGE).format(number, item.subject)]
	if item.result:
		lines.append(_("Result: {0}", lang=RECORD_LANGUAGE).format(_(item.result, lang=RECORD_LANGUAGE)))
	for row in meeting.recusals:
		if row.agenda_item == item.name:
			lines.append(_("Stepped aside: {0} ({1})", lang=RECORD_LANGUAGE).format(row.member_name, row.reason))
	if item.notes:
		lines.append(_("Discussion: {0}", lang=RECORD_LANGUAGE).format(item.notes))
	return lines


def _names(rows: list[Document]) -> str:
	return _(", ", lang=RECORD_LANGUAGE).join(row.member_name for row in rows) or "－"
