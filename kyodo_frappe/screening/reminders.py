"""Reminders of screened services to follow up (進行管理 of new and revised services, 001 4(1))."""

import datetime
from collections.abc import Iterator

import frappe
from frappe.utils import add_days, get_url_to_form, getdate

from kyodo_frappe.messages.due import Due
from kyodo_frappe.screening import screenings as screening

PREPARATION_DAYS = 14  # days before the follow-up; progress recorded since then counts for it


def follow_ups(today: datetime.date) -> Iterator[Due]:
	"""Services due for follow-up; skipped if progress was recorded shortly before the day or later."""
	rows = frappe.get_all(
		screening.DOCTYPE,
		{"workflow_state": "Screened", "follow_up_on": ["is", "set"]},
		["name", "programme", "follow_up_on", "progress_on"],
		order_by="follow_up_on, name",
	)
	for row in rows:
		day = getdate(row.follow_up_on)
		if not row.progress_on or getdate(row.progress_on) < add_days(day, -PREPARATION_DAYS):
			yield Due(
				screening.DOCTYPE, row.name, row.programme, day, ask=lambda doc: ([], {"link": get_url_to_form(doc.doctype, doc.name)})
			)
