"""Events (研修・講座・フォーラム): planned, announced, held or called off by those who organise them.

Who organises: the office, the section that the event names, the support centre for its own (permissions/record_rules.py). The
state of an event moves only here. Registrations are learning/registrations.py, words learning/event_mail.py.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime, nowdate

from kyodo_frappe.learning import event_mail, questionnaires
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.workflows.guard import by_service

EVENT = "Kyodo Event"
PLANNED, ANNOUNCED, HELD, CANCELLED = "Planned", "Announced", "Held", "Cancelled"
WHEN_AND_WHERE = ("held_on", "begins_at", "ends_at", "place", "online_address")


@frappe.whitelist(methods=["POST"])
def announce(event: str) -> str:
	"""Make a planned event public, or known to city staff. Returns its state.

	Raises PermissionError for who does not organise it, ValidationError where a visitor would miss something.
	"""
	doc = organised(event)
	_check_state(doc, PLANNED)
	check_ready(doc)
	if getdate(doc.held_on) < getdate(nowdate()):
		frappe.throw(_("This day is over. Please correct the date before you announce the event."))
	return _move(doc, ANNOUNCED, announced_on=_now())


@frappe.whitelist(methods=["POST"])
def call_off(event: str, reason: str) -> str:
	"""Call an announced event off and tell everybody who has registered why. Raises as `announce`."""
	doc = organised(event)
	_check_state(doc, ANNOUNCED)
	reason = (reason or "").strip()
	if not reason:
		frappe.throw(_("Please say why: everybody who has registered is told."))
	_move(doc, CANCELLED, cancel_reason=reason, calendar_sequence=(doc.calendar_sequence or 0) + 1)
	event_mail.tell("Event Called Off", doc, *event_registrations.of(doc.name))
	return doc.state


@frappe.whitelist(methods=["POST"])
def hold(event: str, record: str = "") -> str:
	"""Note that an event was held, and what came of it; whoever has not been absent is asked the questionnaire.

	Raises as `announce`; ValidationError before its day.
	"""
	doc = organised(event)
	_check_state(doc, ANNOUNCED)
	if getdate(doc.held_on) > getdate(nowdate()):
		frappe.throw(_("The day of this event is still to come."))
	_move(doc, HELD, record=(record or "").strip() or doc.record)
	questionnaires.ask(doc)
	return doc.state


def organised(event: str) -> Document:
	"""An event, locked, that this login organises. Raises PermissionError, the same for what is not there."""
	if not frappe.db.exists(EVENT, event):
		raise frappe.PermissionError
	doc = frappe.get_doc(EVENT, event, for_update=True)
	doc.check_permission("write")
	return doc


def check_ready(event: Document):
	"""What somebody who wants to come has to know. Raises ValidationError."""
	missing = [] if event.place or event.online_address else [_("Place")]
	if event.audience != "City Staff" and not event.begins_at:
		missing.append(_("Begins At"))
	if missing:
		frappe.throw(_("Before an event is announced, please fill in: {0}.").format(_(", ").join(missing)))


def note_changes(event: Document, before: Document):
	"""An announced event stays complete; a new time or place makes a new version of its calendar entry."""
	check_ready(event)
	if _is_moved(event, before):
		event.calendar_sequence = (before.calendar_sequence or 0) + 1


def follow(event: Document, before: Document):
	"""After an announced event was saved: tell about a new time or place, and give places that came free."""
	if _is_moved(event, before):
		event_mail.tell("Event Moved", event, *event_registrations.of(event.name))
	event_registrations.move_up(event)


def _is_moved(event: Document, before: Document) -> bool:
	return any(str(event.get(field) or "") != str(before.get(field) or "") for field in WHEN_AND_WHERE)


def _check_state(event: Document, wanted: str):
	if event.state != wanted:
		frappe.throw(_("This event is in the state {0}: this is not possible now.").format(_(event.state)))


def _move(event: Document, state: str, **values) -> str:
	event.update({"state": state, **values})
	with by_service(event):
		event.save()
	return event.state


def _now():
	return now_datetime().replace(microsecond=0)
