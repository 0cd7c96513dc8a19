"""Events (研修・講座・フォーラム): announcing them, recording that they were held, and calling them off.

An event is organised by the office, by the section that it names, or by the support centre if it is the centre's own
(permissions/record_rules.py). Its state changes only here. Registrations: learning/registrations.py; mails:
learning/event_mail.py.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime, nowdate

from kyodo_frappe.learning import event_mail, questionnaires
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.learning.errors import EventIncomplete, EventStateError
from kyodo_frappe.workflows.guard import by_service

PLANNED, ANNOUNCED, HELD, CANCELLED = "Planned", "Announced", "Held", "Cancelled"
TIME_AND_PLACE = ("held_on", "begins_at", "ends_at", "place", "online_address")


@frappe.whitelist(methods=["POST"])
def announce(event: str) -> str:
	"""Make a planned event known to its audience and return its new state.

	Raises PermissionError unless the user organises the event, EventIncomplete where a visitor would miss a detail, and
	EventStateError where it is not planned or its day is over.
	"""
	doc = event_registrations.get_organised_event(event, lock=True)
	_check_state(doc, PLANNED)
	doc.check_details()
	if getdate(doc.held_on) < getdate(nowdate()):
		frappe.throw(_("This day is over. Please correct the date before you announce the event."), exc=EventStateError)
	return _set_state(doc, ANNOUNCED, announced_on=_now())


@frappe.whitelist(methods=["POST"])
def call_off(event: str, reason: str) -> str:
	"""Call an announced event off, mail the reason to everybody registered, and return the new state.

	Raises PermissionError unless the user organises the event, EventStateError unless it is announced, and
	EventIncomplete without a reason.
	"""
	doc = event_registrations.get_organised_event(event, lock=True)
	_check_state(doc, ANNOUNCED)
	reason = (reason or "").strip()
	if not reason:
		frappe.throw(_("Please give the reason: everybody registered is informed."), exc=EventIncomplete)
	_set_state(doc, CANCELLED, cancel_reason=reason, calendar_sequence=(doc.calendar_sequence or 0) + 1)
	event_mail.notify("Event Called Off", doc, *event_registrations.get_registrations(doc.name))
	return doc.state


@frappe.whitelist(methods=["POST"])
def hold(event: str, record: str = "") -> str:
	"""Record that an event was held, with its outcome, send the questionnaire, and return the new state.

	Raises PermissionError unless the user organises the event, and EventStateError unless it is announced and its day has
	come.
	"""
	doc = event_registrations.get_organised_event(event, lock=True)
	_check_state(doc, ANNOUNCED)
	if getdate(doc.held_on) > getdate(nowdate()):
		frappe.throw(_("The day of this event has not come yet."), exc=EventStateError)
	_set_state(doc, HELD, record=(record or "").strip() or doc.record)
	questionnaires.send_questionnaire(doc)
	return doc.state


def apply_saved_changes(event: Document, before: Document):
	"""Mail a new time or place of an announced event after it is saved, and fill places that have become free."""
	if has_moved(event, before):
		event_mail.notify("Event Moved", event, *event_registrations.get_registrations(event.name))
	event_registrations.fill_free_places(event)


def has_moved(event: Document, before: Document) -> bool:
	"""Return whether the time or place of an event differs from what it was."""
	return any(str(event.get(field) or "") != str(before.get(field) or "") for field in TIME_AND_PLACE)


def _check_state(event: Document, wanted: str):
	if event.state != wanted:
		frappe.throw(_("This is not possible while the event is in the state {0}.").format(_(event.state)), exc=EventStateError)


def _set_state(event: Document, state: str, **values) -> str:
	event.update({"state": state, **values})
	with by_service(event):
		event.save()
	return event.state


def _now():
	return now_datetime().replace(microsecond=0)
