"""The load of the sections in charge and how fast they answer: what they have in hand now, what they answered in the years asked for."""

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Avg, Count, Max, Min
from frappe.utils import cint, date_diff, nowdate

from kyodo_frappe.proposals.figures import number
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.scope import Asked, days_between, handed_in, readable
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, OVER, WAITING, states

PROPOSAL, PROJECT, REPORT, NOTE = "Kyodo Proposal", "Kyodo Project", "Kyodo Report", "Kyodo Progress Note"
COUNTS = ("proposals", "in_hand", "projects", "talks", "reports_waiting", "notes_waiting", "answered")


def section_load(filters: dict | None = None) -> table.Table:
	"""Return the report. Filters: programme, fiscal_year, years, section.

	Projects, and what waits, are those of today whatever the year; talks and answers those of the years. Raises PermissionError.
	"""
	scope.office_or_section()
	asked = scope.asked(filters)
	found: dict[str, dict] = {}
	for rows in (_proposals(asked), _projects(asked), _talks(asked), _reports(asked), _notes(asked)):
		for row in rows:
			found.setdefault(row.pop("section") or "", frappe._dict()).update(row)
	rows = [_row(section, found[section]) for section in sorted(found)]
	rows = [row for row in rows if any(row[name] for name in COUNTS)]
	total = table.sums(rows, *COUNTS)
	busiest = sorted(rows, key=lambda row: -(row.in_hand + row.projects))[:15]
	shown, page = table.cut(rows, asked.page)
	return table.Table(
		_columns(),
		shown,
		total,
		table.chart(
			[row.label for row in busiest],
			[(_("Proposals in Hand"), [row.in_hand for row in busiest]), (_("Projects Under Way"), [row.projects for row in busiest])],
			stacked=True,
		),
		[
			table.figure(_("Sections"), len(rows)),
			table.figure(_("Proposals in Hand"), total["in_hand"]),
			table.figure(_("Projects Under Way"), total["projects"]),
			table.figure(_("Reports and Notes Waiting for an Answer"), total["reports_waiting"] + total["notes_waiting"]),
		],
		len(rows),
		page,
	)


def _row(section: str, found: dict) -> dict:
	row = frappe._dict(section=section or None, label=section or _("Not Set"))
	row.update({name: cint(found.get(name)) for name in COUNTS})
	row.answered = cint(found.get("reports_answered")) + cint(found.get("notes_answered"))
	since = [day for day in (found.get("oldest_report"), found.get("oldest_note")) if day]
	row.longest = max((date_diff(nowdate(), day) for day in since), default=None)
	row.report_days, row.note_days = table.rounded(found.get("report_days")), table.rounded(found.get("note_days"))
	slowest = [value for value in (found.get("slowest_report"), found.get("slowest_note")) if value is not None]
	row.slowest = max(map(cint, slowest), default=None)
	return row


def _columns() -> list[dict]:
	return [
		table.text("label", _("Section"), 180, ("Kyodo Section", "section")),
		table.number("proposals", _("Applications")),
		table.number("in_hand", _("Proposals in Hand"), 120),
		table.number("projects", _("Projects Under Way"), 120),
		table.number("talks", _("Section Talks Held"), 120),
		table.number("reports_waiting", _("Reports Waiting for an Answer"), 140),
		table.number("notes_waiting", _("Notes Waiting for an Answer"), 140),
		table.days("longest", _("Longest Wait Now")),
		table.number("answered", _("Answers Given"), 110),
		table.days("report_days", _("Report to Acceptance, Mean")),
		table.days("note_days", _("Note to Answer, Mean")),
		table.days("slowest", _("Slowest Answer")),
	]


def _proposals(asked: Asked) -> list[dict]:
	proposal = frappe.qb.DocType(PROPOSAL)
	in_hand = proposal.workflow_state.isin(states(PROPOSAL, EXAMINED, WAITING) or [""])
	return (
		frappe.qb.from_(proposal)
		.select(proposal.section, Count(proposal.name).as_("proposals"), number(in_hand).as_("in_hand"))
		.where(handed_in(PROPOSAL) & asked.narrow(proposal, "programme", "section"))
		.groupby(proposal.section)
		.run(as_dict=True)
	)


def _projects(asked: Asked) -> list[dict]:
	project = frappe.qb.DocType(PROJECT)
	ended = states(PROJECT, OVER, DECIDED) or [""]
	return (
		frappe.qb.from_(project)
		.select(project.section, Count(project.name).as_("projects"))
		.where(readable(PROJECT) & project.workflow_state.notin(ended) & asked.narrow(project, "programme", "section", year=None))
		.groupby(project.section)
		.run(as_dict=True)
	)


def _talks(asked: Asked) -> list[dict]:
	talk, proposal = frappe.qb.DocType("Kyodo Consultation"), frappe.qb.DocType(PROPOSAL)
	held = (talk.kind == "Section Talk") & asked.within(talk.held_on) & asked.narrow(talk, "section", year=None)
	query = frappe.qb.from_(talk).select(talk.section, Count(talk.name).as_("talks")).where(readable("Kyodo Consultation") & held)
	if asked.named.get("programme"):
		query = query.join(proposal).on(proposal.name == talk.proposal).where(asked.narrow(proposal, "programme", year=None))
	return query.groupby(talk.section).run(as_dict=True)


def _reports(asked: Asked) -> list[dict]:
	report = frappe.qb.DocType(REPORT)
	waiting = report.workflow_state.isin(states(REPORT, WAITING) or [""])
	return _answers(asked, REPORT, report.submitted_on, report.accepted_on, waiting, "report")


def _notes(asked: Asked) -> list[dict]:
	note = frappe.qb.DocType(NOTE)
	return _answers(asked, NOTE, note.creation, note.acknowledged_on, note.acknowledged_on.isnull(), "note", note.side == "Organisation")


def _answers(asked: Asked, doctype: str, since, answered_on, waiting, name: str, where=None) -> list[dict]:
	"""Per section: what the organisations wait for now, and how many days the answers of the years took."""
	record, project = frappe.qb.DocType(doctype), frappe.qb.DocType(PROJECT)
	days = Case().when(answered_on.isnotnull() & asked.within(answered_on), days_between(answered_on, since))
	query = (
		frappe.qb.from_(record)
		.select(record.section, number(waiting).as_(f"{name}s_waiting"), Count(days).as_(f"{name}s_answered"))
		.select(Min(Case().when(waiting, since)).as_(f"oldest_{name}"))
		.select(Avg(days).as_(f"{name}_days"), Max(days).as_(f"slowest_{name}"))
		.where(readable(doctype) & asked.narrow(record, "section", year=None) & (waiting | asked.within(answered_on)))
		.groupby(record.section)
	)
	if asked.named.get("programme"):
		query = query.join(project).on(project.name == record.project).where(asked.narrow(project, "programme", year=None))
	return (query if where is None else query.where(where)).run(as_dict=True)
