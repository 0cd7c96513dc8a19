"""Reminders of reports that are due (鎌倉 2(2)6(2)), and of notes and changes that the other side has not answered."""

import datetime
from collections.abc import Iterator

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, cint, get_url_to_form, getdate

from kyodo_frappe.messages import address, people
from kyodo_frappe.messages.due import Due
from kyodo_frappe.partnership import notes, parties
from kyodo_frappe.permissions.people import WRITERS
from kyodo_frappe.programme import deadlines
from kyodo_frappe.programme.versions import rules_of, rules_of_project
from kyodo_frappe.workflows.states import OVER, WRITING, states

REPORT = "Kyodo Report"
OWN_RULES = {"Annual": deadlines.YEARLY_REPORT, "Mid-term": deadlines.MID_TERM_REPORT}


def reports_to_submit(today: datetime.date) -> Iterator[Due]:
	"""Reports that are not submitted, with the days of notice of the rules that bind their project."""
	report, project = frappe.qb.DocType(REPORT), frappe.qb.DocType("Kyodo Project")
	rows = (
		frappe.qb.from_(report)
		.join(project)
		.on(project.name == report.project)
		.select(report.name, report.report_kind, report.due_date, project.programme, project.programme_version)
		.where(report.due_date.isnotnull() & report.workflow_state.isin(states(REPORT, WRITING)))
		.orderby(report.due_date)
		.orderby(report.name)
		.run(as_dict=True)
	)
	for row in rows:
		before, _remedy = rule_of(row, rules_of(row))
		yield Due(REPORT, row.name, row.programme, getdate(row.due_date), before=before, ask=_writers_of_report)


def rule_of(report: dict, rules) -> tuple[int | None, str]:
	"""(days of notice, remedy) for a report by its own deadline rule, else by that of reports; days are None without a rule."""
	found = {row.code: row for row in rules.deadline_rules}
	general, own = found.get(deadlines.REPORT), found.get(OWN_RULES.get(report.report_kind))
	rule = own or general
	remedy = next((row.remedy for row in (own, general) if row and row.remedy), "")
	return (cint(rule.remind_days) if rule else None), remedy


def _writers_of_report(report: Document) -> tuple[list[dict], dict]:
	portal, form = address("/kyodo/my"), get_url_to_form(REPORT, report.name)
	members = people.members_of(report.organisation, WRITERS) if report.organisation else []
	to = [frappe._dict(person, link=portal) for person in members]
	to += [frappe._dict(person, link=form) for person in people.officers_of(report.section)]
	return to, {"remedy": rule_of(report, rules_of_project(report.project))[1]}


# -- unanswered notes and changes --------------------------------------------------


def notes_waiting(today: datetime.date) -> Iterator[Due]:
	"""Notes of open projects that are not acknowledged."""
	note = frappe.qb.DocType(notes.NOTE)
	return _waiting_in_open_projects(note, note.creation, note.acknowledged_on.isnull())


def changes_waiting(today: datetime.date) -> Iterator[Due]:
	"""Proposed changes of open projects that are not answered."""
	change = frappe.qb.DocType("Kyodo Plan Change")
	return _waiting_in_open_projects(change, change.submitted_on, change.workflow_state == "Proposed")


def _waiting_in_open_projects(table, since, waiting) -> Iterator[Due]:
	"""Due the programme's `reply_days` after `since`."""
	project, programme = frappe.qb.DocType("Kyodo Project"), frappe.qb.DocType("Kyodo Programme")
	rows = (
		frappe.qb.from_(table)
		.join(project)
		.on(project.name == table.project)
		.join(programme)
		.on(programme.name == project.programme)
		.select(table.name, since.as_("since"), programme.name.as_("programme"), programme.reply_days)
		.where(waiting & since.isnotnull() & project.workflow_state.notin(states("Kyodo Project", OVER)))
		.orderby(table.creation)
		.run(as_dict=True)
	)
	doctype = table.get_table_name().removeprefix("tab")
	for row in rows:
		yield Due(doctype, row.name, row.programme, getdate(add_days(row.since, cint(row.reply_days))), ask=_other_side)


def _other_side(record: Document) -> tuple[list[dict], dict]:
	project = frappe.get_doc("Kyodo Project", record.project)
	days = frappe.get_cached_value("Kyodo Programme", project.programme, "reply_days")
	return parties.recipients(project, parties.other(record.side)), {"reply_days": cint(days)}
