"""What is still wanted from the members of a meeting: an answer, their marks, their look at the minutes.

The pattern of services/reminders.py: a stage is mailed once, and an Info comment on the meeting is both the trace
and the proof. Minutes whose turn has run out go on to the next member here too.
"""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, get_datetime, getdate

from kyodo_frappe.rules.era import era_date
from kyodo_frappe.services import convening, interests, mail, minutes, seats
from kyodo_frappe.services.meeting_record import CALLED
from kyodo_frappe.services.speech import RECORD_LANGUAGE
from kyodo_frappe.workflows.states import states as states_of

MEETING = "Kyodo Meeting"
ANSWER_DAYS = 3
MARK_DAYS = 2


def send(today: datetime.date | str | None = None) -> list[str]:
	"""Mail what is due; daily. Returns the meetings about which somebody was reminded."""
	today = getdate(today)
	states = [*states_of(MEETING, *CALLED), "Closed"]
	names = frappe.get_all(MEETING, {"workflow_state": ["in", states]}, pluck="name", order_by="meeting_date, name")
	return [name for name in names if _remind(name, today)]


def _remind(name: str, today: datetime.date) -> bool:
	point = "kyodo_meeting_reminder"
	frappe.db.savepoint(point)
	try:
		# one meeting at a time: a second scheduler waits here and then finds the mark
		doc = frappe.get_doc(MEETING, name, for_update=True)
		if doc.workflow_state == "Closed":
			return _minutes(doc, today)
		if doc.workflow_state == "Convened":
			convening.tell_proposers(name, convening.INVITED)  # letters that a broken job has left out
		return any([_answers(doc, today), _marks(doc, today)])
	except Exception:
		# one meeting that cannot be mailed must not keep the others from being
		frappe.db.rollback(save_point=point)
		frappe.log_error(title=f"Reminder of {name} failed", reference_doctype=MEETING, reference_name=name)
		return False


def _answers(doc: Document, today: datetime.date) -> bool:
	if doc.workflow_state != "Convened" or not doc.answer_by or today > getdate(doc.meeting_date):
		return False
	if today < getdate(add_days(doc.answer_by, -ANSWER_DAYS)):
		return False
	silent = [row for row in doc.attendance if row.user and row.answer in (None, "", "Not Answered")]
	late = today > getdate(doc.answer_by)
	text = "会議の出欠のご回答をまだいただいていません。ご都合をお知らせください。"
	if late:
		text = "会議の出欠の回答期限が過ぎています。お早めにご都合をお知らせください。"
	people = [(row.user, row.member_name) for row in silent]
	return _mail(doc, "answer-late" if late else "answer", str(doc.answer_by), people, "出欠の回答のお願い", text, "")


def _marks(doc: Document, today: datetime.date) -> bool:
	if not doc.mark_by or doc.marking_closed_on or today > getdate(doc.meeting_date):
		return False
	late = today > getdate(doc.mark_by)
	if today < getdate(add_days(doc.mark_by, -MARK_DAYS)):
		return False
	waiting = _without_marks(doc)
	people = [
		(user, row.substitute_name if row.substitute_user else row.member_name)
		for row in doc.attendance
		if (user := seats.sitting_user(row)) in waiting
	]
	text = "採点をまだいただいていない提案があります。採点のページからお送りください。"
	if late:
		text = "採点の期限が過ぎています。まだの提案がありますので、お早めにお送りください。"
	return _mail(doc, "marks-late" if late else "marks", str(doc.mark_by), people, "採点のお願い", text, "/kyodo/my/reviews")


def _without_marks(doc: Document) -> set[str]:
	rows = frappe.get_all(
		"Kyodo Review",
		{"meeting": doc.name, "submitted_on": ["is", "not set"], "interest_declared": 0, "released": 0},
		["member", "proposal"],
		order_by="name",
	)
	aside = {item.proposal: interests.aside(doc, item) for item in doc.agenda if item.proposal}
	return {row.member for row in rows if row.member not in aside.get(row.proposal, ())}


def _minutes(doc: Document, today: datetime.date) -> bool:
	if minutes.pass_over(doc.name, today):
		return True
	row = minutes.turn(doc)
	days = cint(frappe.get_cached_value("Kyodo Programme", doc.programme, "minutes_turn_days"))
	if not (row and row.asked_on and days) or today < getdate(add_days(get_datetime(row.asked_on), days - 1)):
		return False
	mark = f"kyodo-reminder:minutes:{row.name}"
	if _is_done(doc, mark):
		return False
	minutes.mail_turn(doc, row, again=True)
	_leave_trace(doc, mark, _("Reminder to check the minutes sent to {0}", lang=RECORD_LANGUAGE).format(row.member_name))
	return True


def _mail(doc: Document, stage: str, due: str, people: list[tuple[str, str]], subject: str, text: str, path: str) -> bool:
	mark = f"kyodo-reminder:{stage}:{due}"
	if not people or _is_done(doc, mark):
		return False
	for user, name in people:
		email = frappe.get_cached_value("User", user, "enabled") and frappe.get_cached_value("User", user, "email")
		if email:
			mail.to_person(
				email,
				f"{subject}（{convening.title(doc)}・{era_date(doc.meeting_date)}）",
				"kyodo_meeting_reminder",
				{
					"name": name,
					"text": text,
					"title": convening.title(doc),
					"when": convening.when(doc),
					"due": era_date(getdate(due)),
					"link": mail.address(path or f"/kyodo/my/meetings/{doc.name}"),
				},
				doc,
				doc.programme,
			)
	_leave_trace(doc, mark, _("Reminder of {0} sent to {1} people", lang=RECORD_LANGUAGE).format(era_date(getdate(due)), len(people)))
	return True


def _is_done(doc: Document, mark: str) -> bool:
	return bool(frappe.db.exists("Comment", {"reference_doctype": MEETING, "reference_name": doc.name, "subject": mark}))


def _leave_trace(doc: Document, mark: str, text: str):
	frappe.get_doc(
		{
			"doctype": "Comment",
			"comment_type": "Info",
			"reference_doctype": MEETING,
			"reference_name": doc.name,
			"subject": mark,
			"content": text,
		}
	).insert(ignore_permissions=True)  # the scheduler's own note
