"""Calling a meeting together: due dates, invitations with a calendar entry, answers, and word of every change."""

import datetime
from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, get_datetime, getdate, now_datetime

from kyodo_frappe import messages
from kyodo_frappe.committee.meeting_record import MEETING, locked, save_own_part
from kyodo_frappe.common import scheduling, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.letters import issue as letters
from kyodo_frappe.letters.text import hearing_words
from kyodo_frappe.messages import people
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import deadlines
from kyodo_frappe.proposals import notifications
from kyodo_frappe.rules.calendar import previous_open_day
from kyodo_frappe.rules.era import era_date, era_when

CONVENED = "Convened"
ANSWERS = ("Attending", "Substitute", "Absent", "By Document")
INVITED = "invited"
HEARINGS = {INVITED: "Hearing Planned", "moved": "Hearing Moved", "called off": "Hearing Called Off"}
TOKYO = ZoneInfo("Asia/Tokyo")
USUAL_HOURS = 2
WHEN_AND_WHERE = ("meeting_date", "begins_at", "ends_at", "place")
# Words to people in Japan: Japanese whatever the language of the desk that sets them off.


# -- steps of the meeting ----------------------------------------------------------


def prepare(meeting: Document):
	"""What convening settles: until when to answer and to mark, where the office has not said it."""
	programme = frappe.get_cached_doc("Kyodo Programme", meeting.programme)
	meeting.answer_by = meeting.answer_by or _days_before(meeting, cint(programme.answer_days))
	if vocabulary.held_like(meeting.meeting_type) in ("Step 1", "Step 2"):
		meeting.mark_by = meeting.mark_by or _days_before(meeting, cint(programme.mark_days))
	meeting.invited_on = now_datetime().replace(microsecond=0)
	meeting.invitation_sequence = 0


def invite(meeting: Document):
	"""Mail every sitting member the invitation, and tell the proposers when they are heard."""
	_mail_members("Meeting Invitation", meeting)
	_tell_proposers_later(meeting, INVITED)


def note_changes(meeting: Document, before: Document):
	"""A convened meeting whose date, time or place changes gets a new version of its invitation, and new due dates."""
	if not _is_moved(meeting, before):
		return
	meeting.invitation_sequence = cint(before.invitation_sequence) + 1
	if str(meeting.meeting_date) != str(before.meeting_date):
		programme = frappe.get_cached_doc("Kyodo Programme", meeting.programme)
		for field, days in (("answer_by", programme.answer_days), ("mark_by", programme.mark_days)):
			if meeting.get(field) and str(meeting.get(field)) == str(before.get(field)):
				meeting.set(field, _days_before(meeting, cint(days)))


def follow(meeting: Document):
	"""Mail the new version of an invitation, and letters for proposals that have come onto the agenda since."""
	before = meeting.get_doc_before_save()
	if not before or before.workflow_state != CONVENED:
		return
	if heard_otherwise := _heard_otherwise(meeting, before):
		_tell_proposers_later(meeting, "moved", heard_otherwise)
	if _is_moved(meeting, before):
		_mail_members("Meeting Moved", meeting)
	known = {row.proposal for row in before.agenda}
	if any(row.proposal and row.proposal not in known for row in meeting.agenda):
		_tell_proposers_later(meeting, INVITED)


def call_off(meeting: Document):
	"""Tell whoever was invited that the meeting does not take place; their calendars take it out."""
	if not meeting.invited_on:
		return
	meeting.db_set("invitation_sequence", cint(meeting.invitation_sequence) + 1, update_modified=False)
	_mail_members("Meeting Called Off", meeting, method="CANCEL")
	_tell_proposers_later(meeting, "called off")


def _is_moved(meeting: Document, before: Document) -> bool:
	if before.workflow_state != CONVENED or meeting.workflow_state != CONVENED:
		return False
	return any(str(meeting.get(field) or "") != str(before.get(field) or "") for field in WHEN_AND_WHERE)


def _days_before(meeting: Document, days: int) -> datetime.date:
	"""That many days before the meeting, or the last open day before; not earlier than today."""
	day = previous_open_day(getdate(add_days(meeting.meeting_date, -days)), deadlines.closures(meeting.programme))
	return min(max(day, getdate()), getdate(meeting.meeting_date))


# -- answers -----------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def answer(meeting: str, answer: str, note: str = "", substitute_name: str = "", user: str | None = None) -> dict:
	"""A member answers the invitation, or the office notes the answer that `user` has given by telephone.

	`answer`: Attending, Substitute (where the programme lets one sit; `substitute_name` may be left out where the
	committee knows the substitute), Absent or By Document. A substitute who is named answers too, and stays seated
	unless absent. Until the session opens an answer can be changed. Returns
	{answer, answered_on}. Raises PermissionError for who is not invited, ValidationError for what cannot be answered.
	"""
	doc = locked(meeting)
	who = _who_answers(doc, user)
	row = _row_of(doc, who)
	_check_answer(doc, answer, note)
	by_substitute = who == row.substitute_user and answer != "Absent"
	row.answer = "Substitute" if by_substitute and answer == "Attending" else answer
	row.answer_note = (note or "").strip() or None
	row.answered_on = now_datetime().replace(microsecond=0)
	if not by_substitute:
		_seat_substitute(doc, row, (substitute_name or "").strip())
	save_own_part(doc)
	if row.substitute_user and not by_substitute:
		_mail("Substitute Invitation", doc, people.recipient(row.substitute_user, row.substitute_name))
	return {"answer": row.answer, "answered_on": str(row.answered_on)}


def _who_answers(doc: Document, user: str | None) -> str:
	"""Oneself, or the member whose answer the office notes."""
	if user and user != frappe.session.user:
		require(OFFICER)
		doc.check_permission("write")
	return user or frappe.session.user


def counts(meeting: Document) -> dict[str, int]:
	"""{answer: members}, for the head of the form."""
	found = {}
	for row in meeting.attendance:
		key = row.answer or "Not Answered"
		found[key] = found.get(key, 0) + 1
	return found


def _check_answer(doc: Document, answer: str, note: str):
	if answer not in ANSWERS:
		frappe.throw(_("“{0}” is not an answer to an invitation.").format(answer))
	if doc.workflow_state != CONVENED:
		frappe.throw(_("Answers are taken from the invitation until the session opens."))
	if answer == "Substitute" and not frappe.get_cached_value("Kyodo Programme", doc.programme, "substitutes_allowed"):
		frappe.throw(_("In this programme nobody sits for a member. Please answer whether you come yourself."))
	if answer == "By Document" and not doc.document_review:
		frappe.throw(_("This meeting is not held by document. Please answer whether you come."))
	if answer in ("Attending", "Substitute") and doc.document_review:
		frappe.throw(_("This meeting is held by document: please answer that you take part by document, or not."))


def _seat_in_committee(doc: Document, row: Document) -> Document | None:
	"""The row of the committee that a row of the attendance was made from."""
	members = frappe.get_cached_doc("Kyodo Committee", doc.committee).members
	return next((seat for seat in members if (seat.user or seat.member_name) == (row.user or row.member_name)), None)


def _row_of(doc: Document, who: str) -> Document:
	"""A member's row, also for the substitute who was named for it; not for one who could be."""
	for row in doc.attendance:
		if who in (row.user, row.substitute_user, row.member_name):
			return row
	frappe.throw(_("{0} is not invited to this meeting.").format(who), frappe.PermissionError)


def _seat_substitute(doc: Document, row: Document, name: str):
	"""Who comes in a member's place, as the member says; nobody where the member comes or sends nobody."""
	row.substitute_name = row.substitute_user = None
	if row.answer != "Substitute":
		return
	seat = _seat_in_committee(doc, row) or frappe._dict()
	if not (name or seat.substitute_name):
		frappe.throw(_("Please write the name of who comes in your place."))
	row.substitute_name = name or seat.substitute_name
	if seat.substitute_user and (not name or name == seat.substitute_name):
		row.substitute_user = seat.substitute_user


# -- mail to the members -------------------------------------------------------------


def _mail_members(event: str, meeting: Document, method: str = "REQUEST"):
	seats = [seat for row in meeting.attendance for seat in ((row.user, row.member_name), (row.substitute_user, row.substitute_name))]
	_mail(event, meeting, [person for user, name in seats for person in people.recipient(user, name)], method)


def _mail(event: str, meeting: Document, to: list[dict], method: str = "REQUEST"):
	facts = facts_of(meeting) if method == "REQUEST" else facts_when(meeting)
	entries = {person.email: [_attachment(meeting, person, method)] for person in to}
	messages.send(event, meeting, to=to, attachments=entries, **facts)


def _attachment(meeting: Document, person: dict, method: str) -> dict:
	return {
		"fname": "invite.ics",
		"fcontent": calendar_file(meeting, person.email, person.name, method),
		"content_type": f"text/calendar; method={method}",
	}


def facts_when(meeting: Document) -> dict:
	return {"meeting_title": title(meeting), "when": when(meeting), "document_review": bool(meeting.document_review)}


def facts_of(meeting: Document) -> dict:
	"""What an invitation says besides what the meeting says itself."""
	return {
		**facts_when(meeting),
		"agenda": [f"{row.idx}　{row.subject}" for row in meeting.agenda],
		"answer_by": era_date(meeting.answer_by) if meeting.answer_by else "",
		"mark_by": era_date(meeting.mark_by) if meeting.mark_by else "",
		"marks_link": messages.address("/kyodo/my/reviews"),
	}


def title(meeting: Document) -> str:
	name = frappe.get_cached_value("Kyodo Committee", meeting.committee, "committee_name")
	return f"{name}　{vocabulary.word(vocabulary.MEETING_TYPE, meeting.meeting_type, RECORD_LANGUAGE)}"


def when(meeting: Document) -> str:
	"""令和8年5月20日（水）18時30分から20時30分まで"""
	return era_when(getdate(meeting.meeting_date), meeting.begins_at, meeting.ends_at)


# -- the calendar entry --------------------------------------------------------------


def calendar_file(meeting: Document, email: str, name: str, method: str = "REQUEST") -> bytes:
	"""The meeting as an iCalendar file (RFC 5545, 5546) for one member: the same UID in every version of it."""
	from icalendar import Calendar, Event, vCalAddress, vText

	calendar, event = Calendar(), Event()
	calendar.add("prodid", "-//kyodo_frappe//meetings//JA")
	calendar.add("version", "2.0")
	calendar.add("method", method)
	event.add("uid", f"{meeting.name}@{frappe.local.site}")
	event.add("sequence", cint(meeting.invitation_sequence))
	event.add("dtstamp", datetime.datetime.now(datetime.timezone.utc))
	begin, end = _span(meeting)
	event.add("dtstart", begin)
	event.add("dtend", end)
	event.add("summary", title(meeting))
	event.add("location", meeting.place or "")
	event.add("url", messages.address(f"/kyodo/my/meetings/{meeting.name}"))
	event.add("description", "\n".join(f"{row.idx} {row.subject}" for row in meeting.agenda))
	event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
	organiser = vCalAddress(f"MAILTO:{_office_email(meeting)}")
	organiser.params["CN"] = vText(_office_name(meeting))
	event["organizer"] = organiser
	attendee = vCalAddress(f"MAILTO:{email}")
	attendee.params["CN"] = vText(name)
	attendee.params["RSVP"] = vText("FALSE")  # the answer is given on the page, where the office sees it
	event.add("attendee", attendee, encode=0)
	calendar.add_component(event)
	calendar.add_missing_timezones()
	return calendar.to_ical()


def _span(meeting: Document) -> tuple:
	day = getdate(meeting.meeting_date)
	if not meeting.begins_at or meeting.document_review:
		return day, add_days(day, 1)
	begin = get_datetime(f"{day} {meeting.begins_at}").replace(tzinfo=TOKYO)
	if meeting.ends_at and meeting.ends_at > meeting.begins_at:
		return begin, get_datetime(f"{day} {meeting.ends_at}").replace(tzinfo=TOKYO)
	planned = sum(cint(row.minutes_planned) for row in meeting.agenda)
	return begin, begin + datetime.timedelta(minutes=planned or USUAL_HOURS * 60)


def _office_name(meeting: Document) -> str:
	programme = frappe.get_cached_doc("Kyodo Programme", meeting.programme)
	return "　".join(filter(None, [programme.municipality_name, programme.entrance_name]))


def _office_email(meeting: Document) -> str:
	section = frappe.get_cached_value("Kyodo Programme", meeting.programme, "office_section")
	email = section and frappe.db.get_value("Kyodo Section", section, "email")
	email = email or frappe.db.get_value("Email Account", {"default_outgoing": 1}, "email_id", order_by="creation")
	return email or f"noreply@{frappe.local.site}"


# -- who is heard --------------------------------------------------------------------


def tell_proposers(meeting: str, word: str, concerned: list[str] | None = None):
	"""Tell the organisation of each proposal on the agenda about its hearing, once for each meeting (プレゼン通知).

	`word`: invited (with a numbered letter), moved or called off; `concerned`: proposals, all where left out. A job of
	its own: an agenda of sixty makes sixty letters. Run again, it invites only whoever has no letter yet.
	"""
	if not frappe.db.exists(MEETING, meeting):
		return  # taken away before the job came to it
	doc = frappe.get_doc(MEETING, meeting, for_update=True)  # one such job at a time: no letter twice
	if doc.document_review:
		return  # nobody is heard
	for item in doc.agenda:
		if item.item_type == "Proposal" and item.proposal and (not concerned or item.proposal in concerned):
			proposal = frappe.get_doc("Kyodo Proposal", item.proposal)
			if _is_told(word, proposal, doc):
				notifications.tell_hearing(HEARINGS[word], proposal, letters.hearing_lines(proposal, doc))


def _is_told(word: str, proposal: Document, meeting: Document) -> bool:
	"""Whoever gets a letter now is invited; whoever has one hears of changes."""
	if word == INVITED:
		return meeting.workflow_state == CONVENED and bool(letters.issue_invitation(proposal, meeting))
	return bool(letters.invitation_of(proposal, meeting))


def send_missing_letters():
	"""Daily: letters for hearings that a broken job has left out."""
	names = frappe.get_all(MEETING, {"workflow_state": CONVENED}, pluck="name", order_by="meeting_date, name")
	scheduling.for_each(MEETING, names, lambda name: tell_proposers(name, INVITED))


def _heard_otherwise(meeting: Document, before: Document) -> list[str]:
	"""Proposals whose hearing is at another time or place than before this save."""
	known = {row.proposal: hearing_words(*_hearing(before, row)) for row in before.agenda if row.proposal}
	return [
		row.proposal for row in meeting.agenda if row.proposal in known and hearing_words(*_hearing(meeting, row)) != known[row.proposal]
	]


def _hearing(meeting: Document, item: Document) -> tuple:
	return meeting.meeting_date, item.begins_at or meeting.begins_at, meeting.place


def _tell_proposers_later(meeting: Document, word: str, concerned: list[str] | None = None):
	frappe.enqueue(
		"kyodo_frappe.committee.convening.tell_proposers",
		meeting=meeting.name,
		word=word,
		concerned=concerned,
		queue="long",
		enqueue_after_commit=True,
	)
