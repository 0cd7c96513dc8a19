"""What a login sends about events and self-checks. Plain forms, each answered with a redirect (web/forms.py)."""

import frappe
from frappe import _

from kyodo_frappe.learning import events, self_checks
from kyodo_frappe.learning import registrations as event_registrations
from kyodo_frappe.web import forms
from kyodo_frappe.web.forms import answers_form

MINE = "/kyodo/my/events"


# -- events -------------------------------------------------------------------------------------


def _back(back: str = "", event: str = "", **_rest) -> str:
	return f"/kyodo/events/{event}" if back == "event" else MINE


def _organised(event: str = "", **_rest) -> str:
	return f"/kyodo/my/centre/events/{event}"


@frappe.whitelist(methods=["POST"])
@answers_form(_back)
def take_part(event: str, back: str = "", form: str = ""):
	"""Register oneself for an event. `back`: “event” for the event's own page."""
	state = event_registrations.take_part(event)
	placed = state == event_registrations.PLACE
	text = (
		_("You are registered. We look forward to seeing you.")
		if placed
		else _("You are on the waiting list. We mail you when there is a place.")
	)
	return text, _back(back, event)


@frappe.whitelist(methods=["POST"])
@answers_form(_back)
def cancel_mine(event: str, back: str = "", form: str = ""):
	"""Cancel one's own registration."""
	event_registrations.cancel_mine(event)
	return _("Your registration is cancelled."), _back(back, event)


@frappe.whitelist(methods=["POST"])
@answers_form(_organised)
def note_attendance(event: str, form: str = "", **given: str):
	"""Note who came, for those who organise the event: `attendance-<row>-name`, `attendance-<row>-mark`."""
	rows = forms.typed_rows("attendance", ("mark",), given)
	changed = event_registrations.note_attendance(event, [{"name": row["name"], "attendance": row["mark"]} for row in rows if row["name"]])
	return _("Attendance is noted ({0} changes).").format(changed), _organised(event)


@frappe.whitelist(methods=["POST"])
@answers_form(_organised)
def register_somebody(event: str, attendee_name: str = "", email: str = "", organisation_name: str = "", came: str = "", form: str = ""):
	"""Note somebody who registered by telephone, or who came without; for those who organise the event."""
	state = event_registrations.register_somebody(event, attendee_name, email, organisation_name, bool(came))
	return _("{0} is noted: {1}").format(attendee_name.strip(), event_registrations.said(state)), _organised(event)


@frappe.whitelist(methods=["POST"])
@answers_form(_organised)
def run_event(event: str, then: str = "", record: str = "", reason: str = "", form: str = ""):
	"""Announce an event (`then`: announce), note that it was held (hold) or call it off (call_off); for those who organise
	it."""
	if then == "announce":
		events.announce(event)
		return _("The event is announced."), _organised(event)
	if then == "hold":
		events.hold(event, record)
		return _("The event is marked as held. Who was not absent is asked the questionnaire, if there is one."), _organised(event)
	if then != "call_off":
		frappe.throw(_("Please choose one of the answers."))
	events.call_off(event, reason)
	return _("The event is called off. Everybody who has registered is told by mail."), _organised(event)


# -- self-checks --------------------------------------------------------------------------------


def _checks(audience: str = "", **_rest) -> str:
	return f"/kyodo/my/self-check?list={audience if audience in self_checks.LISTS else ''}"


@frappe.whitelist(methods=["POST"])
@answers_form(_checks)
def keep_self_check(audience: str, note: str = "", form: str = "", **given: str):
	"""Keep a self-check: `mark-<number>` for each item."""
	marks = {name.removeprefix("mark-"): text for name, text in given.items() if name.startswith("mark-")}
	self_checks.keep(audience, marks, note)
	return _("Your self-check is kept. Only you can read it."), _checks(audience), "h-earlier"


@frappe.whitelist(methods=["POST"])
@answers_form(_checks)
def keep_self_check_note(check: str, audience: str = "", note: str = "", form: str = ""):
	"""Change the note of an own self-check."""
	self_checks.keep_note(check, note)
	return _("Your note is kept."), _checks(audience), "h-earlier"


@frappe.whitelist(methods=["POST"])
@answers_form(_checks)
def delete_self_check(check: str, audience: str = "", form: str = ""):
	"""Delete an own self-check."""
	self_checks.delete(check)
	return _("The self-check is deleted."), _checks(audience)
