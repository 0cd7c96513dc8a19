"""Reminders of reports to the people who write them, the organisation and the section in charge (鎌倉 2(2)6(2)), and of
notes and changes to the side that has not answered.

The pattern for further reminders: find what is due, work out the stage it is in, and mail each stage of a
record once. An Info comment on the record is both the trace and the proof that the stage has been mailed, so
that a second run on the same day, or a run missed for a day, changes nothing for anybody.
"""

import datetime
from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import cint, get_url, get_url_to_form, getdate

from kyodo_frappe.rules.era import era_date
from kyodo_frappe.services import deadlines, running, sides
from kyodo_frappe.services.programme_versions import rules_of
from kyodo_frappe.workflows.states import OVER, WRITING, states

REPORT = "Kyodo Report"
WRITERS = ("Representative", "Editor")
OWN_RULES = {"Annual": deadlines.YEARLY_REPORT, "Mid-term": deadlines.MID_TERM_REPORT}
REMIND_DAYS = 14
LATE_EVERY = 7


def send_due_reminders(today: datetime.date | str | None = None) -> list[str]:
	"""Mail what is due; daily. Returns the reports that somebody was reminded of."""
	today = getdate(today)
	waiting = [(report, stage) for report in _open_reports() if (stage := _stage(report, today))]
	people = _People([report for report, stage in waiting])
	return [report.name for report, stage in waiting if _remind(report, stage, today, people)]


def _open_reports():
	report, project = frappe.qb.DocType(REPORT), frappe.qb.DocType("Kyodo Project")
	programme = frappe.qb.DocType("Kyodo Programme")
	rows = (
		frappe.qb.from_(report)
		.join(project)
		.on(project.name == report.project)
		.join(programme)
		.on(programme.name == project.programme)
		.select(report.name, report.report_kind, report.due_date, report.section, report.organisation, project.project_name)
		.select(project.programme, project.programme_version, programme.municipality_name, programme.entrance_name)
		.where(report.due_date.isnotnull() & report.workflow_state.isin(states(REPORT, WRITING)))
		.orderby(report.due_date)
		.orderby(report.name)
		.run(as_dict=True)
	)
	for row in rows:
		row.remind_days, row.remedy = _rule_of(row)
	return rows


def _rule_of(report: dict) -> tuple[int, str]:
	"""(days before, remedy) by the rules that bind the project: those of the report's own kind where there are some, else
	those of reports."""
	found = {row.code: row for row in rules_of(report).deadline_rules}
	general, own = found.get(deadlines.REPORT), found.get(OWN_RULES.get(report.report_kind))
	rule = own or general
	remedy = next((row.remedy for row in (own, general) if row and row.remedy), "")
	return (cint(rule.remind_days) if rule else REMIND_DAYS), remedy


def _stage(report, today) -> str | None:
	"""soon (once, from `remind_days` before), today, late-0 the day after, late-1 a week later …"""
	left = (getdate(report.due_date) - today).days
	if left < 0:
		return f"late-{(-left - 1) // LATE_EVERY}"
	if left == 0:
		return "today"
	return "soon" if left <= report.remind_days else None


class _People:
	"""Who writes which report, in two queries for all of them."""

	def __init__(self, reports):
		self.members = _people("Kyodo Organisation Member", "member_name", {r.organisation for r in reports})
		self.officers = _people("Kyodo Section Member", "officer_name", {r.section for r in reports})

	def of(self, report) -> list[tuple[dict, str]]:
		members = [(person, get_url("/kyodo/my")) for person in self.members[report.organisation]]
		form = get_url_to_form(REPORT, report.name)
		return members + [(person, form) for person in self.officers[report.section]]


def _people(doctype, name_field, parents):
	found = defaultdict(list)
	parents = [parent for parent in parents if parent]
	if not parents:
		return found
	row, user = frappe.qb.DocType(doctype), frappe.qb.DocType("User")
	query = (
		frappe.qb.from_(row)
		.join(user)
		.on(user.name == row.user)
		.select(row.parent, row[name_field].as_("row_name"), user.full_name, user.email)
		.where((user.enabled == 1) & user.email.isnotnull() & row.parent.isin(parents))
		.orderby(row.idx)
	)
	if doctype == "Kyodo Organisation Member":
		query = query.where(row.member_role.isin(WRITERS))
	for person in query.run(as_dict=True):
		found[person.parent].append(person)
	return found


def _remind(report, stage, today, people) -> bool:
	mark = f"kyodo-reminder:{stage}:{report.due_date}"
	point = "kyodo_reminder"
	frappe.db.savepoint(point)
	try:
		# one row at a time: a second scheduler waits here and then finds the mark
		frappe.db.get_value(REPORT, report.name, "name", for_update=True)
		if frappe.db.exists("Comment", {"reference_doctype": REPORT, "reference_name": report.name, "subject": mark}):
			return False
		recipients = people.of(report)
		for person, link in recipients:
			_mail(report, person, link, today)
		if recipients:
			_leave_trace(report, mark, len(recipients))
		return bool(recipients)
	except Exception:
		# one report that cannot be mailed must not keep the others from being
		frappe.db.rollback(save_point=point)
		frappe.log_error(title=f"Reminder of {report.name} failed", reference_doctype=REPORT, reference_name=report.name)
		return False


def _mail(report, person, link, today):
	left = (getdate(report.due_date) - today).days
	due_on = era_date(report.due_date)
	word = "提出期限が過ぎています" if left < 0 else "提出期限のお知らせ"
	frappe.sendmail(
		recipients=[person.email],
		subject=f"【{report.municipality_name}】報告書の{word}（{report.project_name}・{due_on}）",
		template="kyodo_report_due",
		args={
			"name": person.row_name or person.full_name,
			"project_name": report.project_name,
			"due_on": due_on,
			"days_left": left,
			"remedy": report.remedy or "",
			"link": link,
			"sender": "　".join(filter(None, [report.municipality_name, report.entrance_name])),
		},
		reference_doctype=REPORT,
		reference_name=report.name,
		add_unsubscribe_link=0,  # a duty, not a newsletter
	)


def _leave_trace(report, mark, count):
	text = _("Reminder of the due date {0} sent to {1} people").format(era_date(report.due_date), count)
	_leave_note(REPORT, report.name, mark, text)


def _leave_note(doctype, name, mark, content):
	frappe.get_doc(
		{
			"doctype": "Comment",
			"comment_type": "Info",
			"reference_doctype": doctype,
			"reference_name": name,
			"subject": mark,
			"content": content,
		}
	).insert(ignore_permissions=True)  # the scheduler's own note


# -- answers that the other side waits for --------------------------------------------------


def remind_of_answers(today: datetime.date | str | None = None) -> list[str]:
	"""Remind a side once of each note and change that it has left unanswered for longer than the programme's days;
	daily. Returns the records that somebody was reminded of."""
	today = getdate(today)
	return [row.name for row in (*_notes_waiting(), *_changes_waiting()) if _waits(row, today) and _ask_again(row)]


def _notes_waiting() -> list[dict]:
	note = frappe.qb.DocType(running.NOTE)
	return _of_projects_under_way(
		note, note.creation, note.acknowledged_on.isnull(), "/kyodo/my/projects/{0.project}/notes", "事業の記録"
	)


def _changes_waiting() -> list[dict]:
	change = frappe.qb.DocType("Kyodo Plan Change")
	return _of_projects_under_way(
		change, change.submitted_on, change.workflow_state == "Proposed", "/kyodo/my/changes/{0.name}", "計画変更の提案"
	)


def _of_projects_under_way(table, since, waiting, page: str, what: str) -> list[dict]:
	project, programme = frappe.qb.DocType("Kyodo Project"), frappe.qb.DocType("Kyodo Programme")
	rows = (
		frappe.qb.from_(table)
		.join(project)
		.on(project.name == table.project)
		.join(programme)
		.on(programme.name == project.programme)
		.select(table.name, table.project, table.side, since.as_("since"), programme.reply_days)
		.where(waiting & project.workflow_state.notin(states("Kyodo Project", OVER)))
		.orderby(table.creation)
		.run(as_dict=True)
	)
	doctype = table.get_table_name().removeprefix("tab")
	return [frappe._dict(row, doctype=doctype, page=page.format(row), what=what) for row in rows]


def _waits(row: dict, today: datetime.date) -> bool:
	return running.overdue(row.since, row.reply_days, today)


def _ask_again(row: dict) -> bool:
	mark = f"kyodo-answer:{row.since}"
	point = "kyodo_answer"
	frappe.db.savepoint(point)
	try:
		# one row at a time: a second scheduler waits here and then finds the mark
		frappe.db.get_value(row.doctype, row.name, "name", for_update=True)
		if frappe.db.exists("Comment", {"reference_doctype": row.doctype, "reference_name": row.name, "subject": mark}):
			return False
		project = frappe.get_doc("Kyodo Project", row.project)
		asked = sides.people_on(project, sides.other(row.side))
		if not asked:
			return False
		lines = [f"{row.what}が、相手方からの確認や回答を{row.reply_days}日以上お待ちしています。内容を読み、回答してください。"]
		sides.tell(project, sides.other(row.side), f"{row.what}への回答のお願い", lines, row.page, frappe.get_doc(row.doctype, row.name))
		_leave_note(row.doctype, row.name, mark, _("Reminder that an answer is waited for, sent to {0} people").format(len(asked)))
		return True
	except Exception:
		# one record that cannot be mailed must not keep the others from being
		frappe.db.rollback(save_point=point)
		frappe.log_error(title=f"Reminder of {row.name} failed", reference_doctype=row.doctype, reference_name=row.name)
		return False
