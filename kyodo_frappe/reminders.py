"""The daily run of all reminders. A function of each room yields what is due; rows of the programme say when and how.

Each stage of a record is sent once. An Info comment on the record documents it, so a second run on the same day repeats
nothing, and the next run makes up for a missed one.
"""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.committee import reminders as meeting_reminders
from kyodo_frappe.common.errors import DoneToday, NobodyLeft
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.evaluation import reminders as evaluation_reminders
from kyodo_frappe.learning import reminders as event_reminders
from kyodo_frappe.messages.due import Due, stages
from kyodo_frappe.messages.events import Event, event_of
from kyodo_frappe.messages.sending import deliver, message_rows
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.partnership import agreement_terms
from kyodo_frappe.partnership import reminders as reports_and_answers
from kyodo_frappe.proposals import later_documents
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.screening import reminders as screening_reminders
from kyodo_frappe.support import surveys

# {event of messages/events.json: function that yields what is due on a day}
SOURCES = {
	"Report Due": reports_and_answers.reports_to_submit,
	"Documents Due": later_documents.reminders,
	"Note Unanswered": reports_and_answers.notes_waiting,
	"Plan Change Unanswered": reports_and_answers.changes_waiting,
	"Evaluation Due": evaluation_reminders.open_rounds,
	"Agreement Ending": agreement_terms.ending_terms,
	"Attendance Reminder": meeting_reminders.missing_answers,
	"Marks Reminder": meeting_reminders.missing_marks,
	"Minutes Check Due": meeting_reminders.pending_minutes_checks,
	"Event Tomorrow": event_reminders.upcoming_events,
	"Renewal Open": organisations.renewals_open,
	"Survey Unanswered": surveys.unanswered_surveys,
	"Screening Follow-Up": screening_reminders.follow_ups,
}


def send(event: str | None = None, today: datetime.date | str | None = None) -> list[str]:
	"""Send the reminders that are due, of one event or of all; return the names of the records concerned."""
	today = getdate(today)
	found = []
	for name, source in SOURCES.items():
		if event in (None, name):
			found += [due.name for due in source(today) if _remind(event_of(name), due, today)]
	return found


def send_now(event: str, name: str) -> int:
	"""Send the reminder of a record by hand; returns the number of people (hook kyodo_send_reminder, `front/today.py`).

	A record is reminded of once a day in this way. The caller has checked permissions. Raises ValidationError.
	"""
	now = getdate()
	due = next((due for due in SOURCES[event](now) if due.name == name), None)
	if due is None:
		frappe.throw(_("There is nobody to remind any more. Please reload the page."), NobodyLeft)
	declared = event_of(event)
	ways = [(way, _mark(declared, due, way.recipients, f"by hand {now}")) for way in message_rows(declared, due.programme)]
	frappe.db.get_value(due.doctype, due.name, "name", for_update=True)
	if any(_is_sent(due, mark) for _way, mark in ways):
		frappe.throw(_("A reminder has been sent today already."), DoneToday)
	return len(_deliver(declared, due, ways, now))


def _remind(event: Event, due: Due, today: datetime.date) -> bool:
	reached = [(way, _mark(event, due, way.recipients, stage)) for way, stage in stages(event, due, today)]
	if not reached:
		return False
	point = "kyodo_reminder"
	frappe.db.savepoint(point)
	try:
		# a second scheduler waits here and then finds the comment
		frappe.db.get_value(due.doctype, due.name, "name", for_update=True)
		waiting = [(way, mark) for way, mark in reached if not _is_sent(due, mark)]
		return bool(waiting) and bool(_deliver(event, due, waiting, today))
	except Exception:
		# an error in one record must not stop the others
		frappe.db.rollback(save_point=point)
		frappe.log_error(title=f"Reminder of {due.name} failed", reference_doctype=due.doctype, reference_name=due.name)
		return False


def _deliver(event: Event, due: Due, waiting: list[tuple], today: datetime.date) -> set[str]:
	"""Send a reminder in these ways; return the addresses reached."""
	doc = frappe.get_doc(due.doctype, due.name)
	to, facts = due.ask(doc) if due.ask else ([], {})
	left = (due.on - today).days
	facts = {"due_on": era_date(due.on), "days_left": max(left, 0), "days_late": max(-left, 0), "late": left < 0, **facts}
	sent = set()
	for way, mark in waiting:
		if reached := deliver(event, way, doc, to, facts, sent):
			sent |= reached
			_add_comment(doc, mark, due.on, len(reached))
	return sent


def _mark(event: Event, due: Due, recipients: str, stage: str) -> str:
	return ":".join(filter(None, ["kyodo-reminder", event.name, recipients, stage, str(due.on), due.key]))


def _is_sent(due: Due, mark: str) -> bool:
	return bool(frappe.db.exists("Comment", {"reference_doctype": due.doctype, "reference_name": due.name, "subject": mark}))


def _add_comment(doc: Document, mark: str, day: datetime.date, count: int):
	frappe.get_doc(
		{
			"doctype": "Comment",
			"comment_type": "Info",
			"reference_doctype": doc.doctype,
			"reference_name": doc.name,
			"subject": mark,
			"content": _("Reminder of the due date {0} sent to {1} people", lang=RECORD_LANGUAGE).format(era_date(day), count),
		}
	).insert(ignore_permissions=True)  # written by the scheduler
