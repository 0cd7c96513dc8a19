"""Reminders of screened services that are to be looked at again (進行管理 of new and revised services, 001 4(1)).

The pattern of services/evaluation_reminders.py: an Info comment on the record is both the trace and the proof that a
stage has been mailed. A section that has noted progress since the reminder became due is left alone.
"""

import datetime

import frappe
from frappe import _
from frappe.utils import add_days, get_url_to_form, getdate

from kyodo_frappe.rules.era import era_date
from kyodo_frappe.services import mail, screening
from kyodo_frappe.services.speech import RECORD_LANGUAGE

SOON_DAYS = 14
LATE_EVERY = 7
TEMPLATE = "kyodo_screening_due"


def send(today: datetime.date | str | None = None) -> list[str]:
	"""Mail what is due; daily. Returns the screenings about which somebody was reminded."""
	today = getdate(today)
	rows = frappe.get_all(
		screening.DOCTYPE,
		{"workflow_state": "Screened", "follow_up_on": ["<=", add_days(today, SOON_DAYS)]},
		["name", "follow_up_on", "progress_on"],
		order_by="follow_up_on, name",
	)
	return [row.name for row in rows if not _answered(row) and _remind(row, today)]


def _answered(row: dict) -> bool:
	return bool(row.progress_on and getdate(row.progress_on) >= add_days(getdate(row.follow_up_on), -SOON_DAYS))


def _stage(row: dict, today: datetime.date) -> str:
	late = (today - getdate(row.follow_up_on)).days
	return f"late-{(late - 1) // LATE_EVERY}" if late > 0 else "soon"


def _remind(row: dict, today: datetime.date) -> bool:
	point = "kyodo_screening_reminder"
	frappe.db.savepoint(point)
	try:
		# one record at a time: a second scheduler waits here and then finds the mark
		doc = frappe.get_doc(screening.DOCTYPE, row.name, for_update=True)
		mark = f"kyodo-reminder:{_stage(row, today)}:{row.follow_up_on}"
		about = {"reference_doctype": doc.doctype, "reference_name": doc.name, "subject": mark}
		people = _people(doc.section)
		if not people or frappe.db.exists("Comment", about):
			return False
		due_on = era_date(getdate(row.follow_up_on))
		for person in people:
			_tell(doc, person, due_on)
		text = _("Reminder of the due date {0} sent to {1} people", lang=RECORD_LANGUAGE).format(due_on, len(people))
		doc.add_comment("Info", text).db_set("subject", mark)
		return True
	except Exception:
		# one that cannot be mailed must not keep the others from being
		frappe.db.rollback(save_point=point)
		frappe.log_error(
			title=f"Reminder of {row.name} failed", reference_doctype=screening.DOCTYPE, reference_name=row.name
		)
		return False


def _tell(doc, person: dict, due_on: str):
	args = {
		"name": person.officer_name or person.full_name,
		"service_name": doc.service_name,
		"due_on": due_on,
		"result": _(doc.result, lang=RECORD_LANGUAGE),
		"progress": doc.progress or "",
		"link": get_url_to_form(doc.doctype, doc.name),
	}
	mail.to_person(person.email, f"事業の見直しの進み具合のご確認（{due_on}）", TEMPLATE, args, doc, doc.programme)


def _people(section: str) -> list[dict]:
	row, user = frappe.qb.DocType("Kyodo Section Member"), frappe.qb.DocType("User")
	return (
		frappe.qb.from_(row)
		.join(user)
		.on(user.name == row.user)
		.select(user.email, row.officer_name, user.full_name)
		.where((row.parenttype == "Kyodo Section") & (row.parent == section) & (user.enabled == 1))
		.orderby(row.idx)
		.run(as_dict=True)
	)
