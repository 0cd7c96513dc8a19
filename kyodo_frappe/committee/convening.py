"""Convening a meeting: due dates, invitations with a calendar entry, answers, and notices of changes."""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, getdate, now_datetime

from kyodo_frappe import messages
from kyodo_frappe.committee.errors import AnswerNotPossible
from kyodo_frappe.committee.meeting_record import MEETING, locked, save_own_part
from kyodo_frappe.common import calendar_files, scheduling, tasks, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.letters import issue as letters
from kyodo_frappe.letters.text import hearing_words
from kyodo_frappe.messages import people, rehearsal
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import deadlines
from kyodo_frappe.proposals import notifications
from kyodo_frappe.rules.calendar import previous_open_day
from kyodo_frappe.rules.era import era_date, era_date_and_time

CONVENED = "Convened"
ANSWERS = ("Attending", "Substitute", "Absent", "By Document")
INVITED = "invited"
HEARINGS = {INVITED: "Hearing Planned", "moved": "Hearing Moved", "called off": "Hearing Called Off"}
SCHEDULE_FIELDS = ("meeting_date", "begins_at", "ends_at", "place")


# -- steps of the meeting ----------------------------------------------------------


def send_invitations(meeting: Document):
	"""Send the invitation to every sitting member, and the date of their hearing to the proposers."""
	_mail_members("Meeting Invitation", meeting)
	_enqueue_proposer_notices(meeting, INVITED)


def update_invitation(meeting: Document, before: Document):
	"""Raise the version of the invitation and move the due dates if a convened meeting is rescheduled.

	Due dates that the office has just entered are kept.
	"""
	if not _is_rescheduled(meeting, before):
		return
	meeting.invitation_sequence = cint(before.invitation_sequence) + 1
	if str(meeting.meeting_date) != str(before.meeting_date):
		programme = frappe.get_cached_doc("Kyodo Programme", meeting.programme)
		for field, days in (("answer_by", programme.answer_days), ("mark_by", programme.mark_days)):
			if meeting.get(field) and str(meeting.get(field)) == str(before.get(field)):
				meeting.set(field, due_date_before(meeting, cint(days)))


def send_changes(meeting: Document):
	"""Notify members of a new date, time or place, and proposers of new or changed hearings."""
	before = meeting.get_doc_before_save()
	if not before or before.workflow_state != CONVENED:
		return
	if rescheduled := _rescheduled_hearings(meeting, before):
		_enqueue_proposer_notices(meeting, "moved", rescheduled)
	if _is_rescheduled(meeting, before):
		_mail_members("Meeting Moved", meeting)
	known = {row.proposal for row in before.agenda}
	if any(row.proposal and row.proposal not in known for row in meeting.agenda):
		_enqueue_proposer_notices(meeting, INVITED)


def send_cancellations(meeting: Document):
	"""Notify everybody invited that the meeting is cancelled, and remove it from their calendars."""
	if not meeting.invited_on:
		return
	meeting.db_set("invitation_sequence", cint(meeting.invitation_sequence) + 1, update_modified=False)
	_mail_members("Meeting Called Off", meeting, method="CANCEL")
	_enqueue_proposer_notices(meeting, "called off")


def _is_rescheduled(meeting: Document, before: Document) -> bool:
	if before.workflow_state != CONVENED or meeting.workflow_state != CONVENED:
		return False
	return any(str(meeting.get(field) or "") != str(before.get(field) or "") for field in SCHEDULE_FIELDS)


def due_date_before(meeting: Document, days: int) -> datetime.date:
	"""Return the open day `days` days before the meeting or earlier, but not before today."""
	day = previous_open_day(getdate(add_days(meeting.meeting_date, -days)), deadlines.closures(meeting.programme))
	return min(max(day, getdate()), getdate(meeting.meeting_date))


# -- answers -----------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def answer(meeting: str, answer: str, note: str = "", substitute_name: str = "", user: str | None = None) -> dict:
	"""Answer an invitation, or record the answer that `user` has given to the office by telephone.

	`answer`: Attending, Substitute (if the programme allows substitutes; `substitute_name` may be empty if the committee
	names one), Absent or By Document. A named substitute answers for the same seat and keeps it unless absent. An answer
	can be changed until the session opens. Returns {answer, answered_on}. Raises PermissionError for users who are not
	invited, AnswerNotPossible for an answer that this meeting does not take.
	"""
	doc = locked(meeting)
	user = _answering_user(doc, user)
	row = _attendance_row(doc, user)
	_check_answer(doc, answer)
	by_substitute = user == row.substitute_user and answer != "Absent"
	row.answer = "Substitute" if by_substitute and answer == "Attending" else answer
	row.answer_note = (note or "").strip() or None
	row.answered_on = now_datetime().replace(microsecond=0)
	if not by_substitute:
		_set_substitute(doc, row, (substitute_name or "").strip())
	save_own_part(doc)
	if row.substitute_user and not by_substitute:
		_mail("Substitute Invitation", doc, people.recipient(row.substitute_user, row.substitute_name))
	return {"answer": row.answer, "answered_on": str(row.answered_on)}


def _answering_user(doc: Document, user: str | None) -> str:
	"""Return the user whose answer is recorded; only the office may name another one."""
	if user and user != frappe.session.user:
		require(OFFICER)
		doc.check_permission("write")
	return user or frappe.session.user


def _check_answer(doc: Document, answer: str):
	if answer not in ANSWERS:
		frappe.throw(_("“{0}” is not an answer to an invitation.").format(answer), AnswerNotPossible)
	if doc.workflow_state != CONVENED:
		frappe.throw(_("Answers are accepted from the invitation until the session opens."), AnswerNotPossible)
	if answer == "Substitute" and not frappe.get_cached_value("Kyodo Programme", doc.programme, "substitutes_allowed"):
		frappe.throw(_("This programme does not allow substitutes. Please answer for yourself."), AnswerNotPossible)
	if answer == "By Document" and not doc.document_review:
		frappe.throw(_("This meeting is not a document review. Please answer whether you will attend."), AnswerNotPossible)
	if answer in ("Attending", "Substitute") and doc.document_review:
		frappe.throw(_("This meeting is a document review. Please answer “By Document” or “Absent”."), AnswerNotPossible)


def _committee_seat(doc: Document, row: Document) -> Document | None:
	"""Return the committee member from whom a row of the attendance was made."""
	members = frappe.get_cached_doc("Kyodo Committee", doc.committee).members
	return next((seat for seat in members if (seat.user or seat.member_name) == (row.user or row.member_name)), None)


def _attendance_row(doc: Document, user: str) -> Document:
	"""Return the row of a member or of the substitute named for it. Raises PermissionError for anybody else."""
	for row in doc.attendance:
		if user in (row.user, row.substitute_user, row.member_name):
			return row
	frappe.throw(_("{0} is not invited to this meeting.").format(user), frappe.PermissionError)


def _set_substitute(doc: Document, row: Document, name: str):
	"""Set the substitute of a row; clear it if the member comes in person or sends nobody."""
	row.substitute_name = row.substitute_user = None
	if row.answer != "Substitute":
		return
	seat = _committee_seat(doc, row) or frappe._dict()
	if not (name or seat.substitute_name):
		frappe.throw(_("Please enter the name of your substitute."), AnswerNotPossible)
	row.substitute_name = name or seat.substitute_name
	if seat.substitute_user and (not name or name == seat.substitute_name):
		row.substitute_user = seat.substitute_user


# -- mail to the members -------------------------------------------------------------


def _mail_members(event: str, meeting: Document, method: str = "REQUEST"):
	seats = [seat for row in meeting.attendance for seat in ((row.user, row.member_name), (row.substitute_user, row.substitute_name))]
	_mail(event, meeting, [person for user, name in seats for person in people.recipient(user, name)], method)


def _mail(event: str, meeting: Document, to: list[dict], method: str = "REQUEST"):
	facts = invitation_facts(meeting) if method == "REQUEST" else schedule_facts(meeting)
	entries = {person.email: [_attachment(meeting, person, method)] for person in to}
	messages.send(event, meeting, to=to, attachments=entries, **facts)


def _attachment(meeting: Document, person: dict, method: str) -> dict:
	return {
		"fname": "invite.ics",
		"fcontent": calendar_file(meeting, person.email, person.name, method),
		"content_type": f"text/calendar; method={method}",
	}


def schedule_facts(meeting: Document) -> dict:
	"""Return the facts {meeting_title, when, document_review} of a message about a meeting."""
	return {"meeting_title": title(meeting), "when": schedule_text(meeting), "document_review": bool(meeting.document_review)}


def invitation_facts(meeting: Document) -> dict:
	"""Return the facts of an invitation: the schedule, the agenda and the due dates."""
	return {
		**schedule_facts(meeting),
		"agenda": [f"{row.idx}　{row.subject}" for row in meeting.agenda],
		"answer_by": era_date(meeting.answer_by) if meeting.answer_by else "",
		"mark_by": era_date(meeting.mark_by) if meeting.mark_by else "",
		"marks_link": messages.address("/kyodo/my/reviews"),
	}


def title(meeting: Document) -> str:
	"""Return the title of a meeting in Japanese: committee and type."""
	name = frappe.get_cached_value("Kyodo Committee", meeting.committee, "committee_name")
	return f"{name}　{vocabulary.word(vocabulary.MEETING_TYPE, meeting.meeting_type, RECORD_LANGUAGE)}"


def schedule_text(meeting: Document) -> str:
	"""Return date and time as written in letters: 令和8年5月20日（水）18時30分から20時30分まで"""
	return era_date_and_time(getdate(meeting.meeting_date), meeting.begins_at, meeting.ends_at)


# -- the calendar entry --------------------------------------------------------------


def calendar_file(meeting: Document, email: str, name: str, method: str = "REQUEST") -> bytes:
	"""Return the meeting as an iCalendar file (RFC 5545, 5546) for one member; its UID is the same in every version."""
	from icalendar import vCalAddress, vText  # as in calendar_files.py

	entry = calendar_files.new_entry(f"{meeting.name}@{frappe.local.site}", meeting.invitation_sequence, _calendar_span(meeting))
	entry.add("summary", title(meeting))
	entry.add("location", meeting.place or "")
	entry.add("url", messages.address(f"/kyodo/my/meetings/{meeting.name}"))
	entry.add("description", "\n".join(f"{row.idx} {row.subject}" for row in meeting.agenda))
	entry.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
	organizer = vCalAddress(f"MAILTO:{_office_email(meeting)}")
	organizer.params["CN"] = vText(_office_name(meeting))
	entry["organizer"] = organizer
	attendee = vCalAddress(f"MAILTO:{email}")
	attendee.params["CN"] = vText(name)
	attendee.params["RSVP"] = vText("FALSE")  # answers are given on the page, where the office sees them
	entry.add("attendee", attendee, encode=0)
	return calendar_files.calendar_file(entry, method, "meetings")


def _calendar_span(meeting: Document) -> calendar_files.Span:
	"""Return the hours of a meeting, or its days if it has no time of its own."""
	begins_at = None if meeting.document_review else meeting.begins_at
	planned = sum(cint(row.minutes_planned) for row in meeting.agenda)
	return calendar_files.span_of(meeting.meeting_date, begins_at, meeting.ends_at, planned)


def _office_name(meeting: Document) -> str:
	programme = frappe.get_cached_doc("Kyodo Programme", meeting.programme)
	return "　".join(filter(None, [programme.municipality_name, programme.entrance_name]))


def _office_email(meeting: Document) -> str:
	section = frappe.get_cached_value("Kyodo Programme", meeting.programme, "office_section")
	email = section and frappe.db.get_value("Kyodo Section", section, "email")
	email = email or frappe.db.get_value("Email Account", {"default_outgoing": 1}, "email_id", order_by="creation")
	return email or f"noreply@{frappe.local.site}"


# -- hearings ------------------------------------------------------------------------


def notify_proposers(meeting: str, change: str, proposals: list[str] | None = None):
	"""Notify the organisations whose proposals are heard, once for each meeting (プレゼン通知).

	`change`: invited (with a numbered letter), moved or called off; `proposals`: only these, or all if None. Runs as a job,
	because an agenda of sixty items makes sixty letters. Running it again sends only the letters that are missing.
	"""
	if not frappe.db.exists(MEETING, meeting):
		return  # deleted before the job ran
	doc = frappe.get_doc(MEETING, meeting, for_update=True)  # one such job at a time: no letter is issued twice
	if doc.document_review:
		return  # there are no hearings
	for item in doc.agenda:
		if item.item_type == "Proposal" and item.proposal and (not proposals or item.proposal in proposals):
			proposal = frappe.get_doc("Kyodo Proposal", item.proposal)
			if _is_notice_due(change, proposal, doc):
				notifications.notify_hearing(HEARINGS[change], proposal, letters.hearing_lines(proposal, doc))


def _is_notice_due(change: str, proposal: Document, meeting: Document) -> bool:
	"""Issue the invitation letter where it is missing; changes are sent only to those who have one."""
	if change == INVITED:
		return meeting.workflow_state == CONVENED and bool(letters.issue_invitation(proposal, meeting))
	return bool(letters.invitation_of(proposal, meeting))


def send_missing_letters():
	"""Issue the hearing letters that an interrupted job has left out; runs daily."""
	names = frappe.get_all(MEETING, {"workflow_state": CONVENED}, pluck="name", order_by="meeting_date, name")
	scheduling.for_each(MEETING, names, lambda name: notify_proposers(name, INVITED))


def _rescheduled_hearings(meeting: Document, before: Document) -> list[str]:
	"""Return the proposals whose hearing has another time or place than before this save."""
	known = {row.proposal: hearing_words(*_hearing_schedule(before, row)) for row in before.agenda if row.proposal}
	return [
		row.proposal
		for row in meeting.agenda
		if row.proposal in known and hearing_words(*_hearing_schedule(meeting, row)) != known[row.proposal]
	]


def _hearing_schedule(meeting: Document, item: Document) -> tuple:
	return meeting.meeting_date, item.begins_at or meeting.begins_at, meeting.place


def _enqueue_proposer_notices(meeting: Document, change: str, proposals: list[str] | None = None):
	if rehearsal.running():
		notify_proposers(meeting.name, change, proposals)
		return
	given = {"meeting": meeting.name, "change": change, "proposals": proposals}
	tasks.later("kyodo_frappe.committee.convening.notify_proposers", meeting, **given)
