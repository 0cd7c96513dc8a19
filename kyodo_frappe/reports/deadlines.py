"""Which deadlines were kept: by rule, and by the side that had to keep them."""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.query_builder import Case, Criterion, CustomFunction, Field
from frappe.query_builder.functions import Coalesce, Count, Max, Sum
from frappe.utils import nowdate
from pypika.terms import NullValue

from kyodo_frappe.permissions.roles import MANAGER, OFFICER
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.pipeline import group_labels
from kyodo_frappe.reports.scope import Asked, days_between, readable
from kyodo_frappe.workflows.states import OVER, WRITING, states

REPORT, PROPOSAL, ROUND, SHEET = "Kyodo Report", "Kyodo Proposal", "Kyodo Evaluation Round", "Kyodo Evaluation Sheet"
NOTE, PROJECT, PROGRAMME, MEETING = "Kyodo Progress Note", "Kyodo Project", "Kyodo Programme", "Kyodo Meeting"
_earlier_of = CustomFunction("LEAST", ["one", "other"])
COUNTS = ("due", "kept", "late", "overdue", "open")


@dataclass(frozen=True)
class Source:
	"""A rule. query: the records it applies to; since, days: due so many days after that; done: when it was met, None so far; ends: the day
	after which nothing can be late any more."""

	label: str
	whose: str
	query: object
	since: Field
	done: Field
	section: Field | None = None
	year: Field | None = None
	days: Field | int = 0
	ends: Field | None = None


def deadlines_kept(filters: dict | None = None) -> table.Table:
	"""Return the report. Filters: programme, fiscal_year, years, section, group_by (Rule, Section, Fiscal Year). Raises PermissionError."""
	scope.office_or_section()
	asked = scope.asked(filters, ("Rule", "Section", "Fiscal Year"))
	sources = _sources(asked)
	rows = [row for source in sources for row in _counted(source, asked.by) if row.due]
	labels = group_labels(asked.by, rows)
	for row in rows:
		row.group = labels[row.group_id]
		row.share = table.share(row.kept, row.kept + row.late + row.overdue)
		row.days_late, row.latest = table.rounded(row.days_late), table.rounded(row.latest)
	total = table.sums(rows, *COUNTS)
	total["share"] = table.share(total["kept"], total["kept"] + total["late"] + total["overdue"])
	shown, page = table.cut(sorted(rows, key=lambda row: str(row.group)) if asked.by != "Rule" else rows, asked.page)
	titles = _titles()
	return table.Table(
		_columns(asked.by, titles),
		shown,
		total,
		_chart(sources, rows, titles),
		[
			table.percentage(_("Deadlines Kept"), total["share"]),
			table.figure(titles["late"], total["late"]),
			table.figure(titles["overdue"], total["overdue"]),
		],
		len(rows),
		page,
	)


def _chart(sources: list[Source], rows: list[dict], titles: dict[str, str]) -> dict | None:
	names = list(dict.fromkeys(f"{row.rule}・{row.whose}" for row in rows))
	of = lambda name, count: sum(row[count] for row in rows if f"{row.rule}・{row.whose}" == name)
	drawn = [(titles[count], [of(name, count) for name in names]) for count in ("kept", "late", "overdue")]
	return table.chart(names, drawn, stacked=True)


def _titles() -> dict[str, str]:
	return {
		"due": _("With a Deadline"),
		"kept": _("In Time"),
		"late": _("Handed In Late"),
		"overdue": _("Late and Still Missing"),
		"open": _("Still Has Time"),
	}


def _columns(by: str, titles: dict[str, str]) -> list[dict]:
	groups = {
		"Section": [table.text("group", _("Section"), 160, ("Kyodo Section", "group_id"))],
		"Fiscal Year": [table.text("group", _("Fiscal Year"), 120)],
	}
	return [
		*groups.get(by, []),
		table.text("rule", _("Deadline"), 220),
		table.text("whose", _("Has To Keep It"), 130),
		*(table.number(name, titles[name], 120) for name in COUNTS),
		table.percent("share", _("Deadlines Kept")),
		table.days("days_late", _("Late By, Mean")),
		table.days("latest", _("Late By, at Most")),
	]


def _counted(source: Source, by: str) -> list[dict]:
	"""[{group_id, rule, whose, due, kept, late, overdue, open, days_late, latest}]"""
	group = {"Section": source.section, "Fiscal Year": source.year}.get(by)
	if group is None and by == "Section":
		return []
	days = _by_days(source, group)
	late = days.beyond > 0
	counts = {"kept": (days.done == 1) & (days.beyond <= 0), "late": (days.done == 1) & late, "overdue": (days.done == 0) & late}
	counts["open"] = (days.done == 0) & (days.beyond <= 0)
	query = frappe.qb.from_(days).select(days.group_id, Sum(days.number).as_("due")).groupby(days.group_id).orderby(days.group_id)
	for name, condition in counts.items():
		query = query.select(Sum(Case().when(condition, days.number).else_(0)).as_(name))
	all_days = Sum(Case().when(late, days.number * days.beyond)) / Sum(Case().when(late, days.number))
	query = query.select(all_days.as_("days_late"), Max(Case().when(late, days.beyond)).as_("latest"))
	rows = table.whole(query.run(as_dict=True), *COUNTS)
	for row in rows:
		row.update(rule=source.label, whose=source.whose)
	return rows


def _by_days(source: Source, group: Field | None):
	"""(group_id, done, beyond, number): how many are so many days beyond their deadline, and whether it has been met; as a table.

	The days of a record are reckoned once so, not once for each figure; few numbers of days differ.
	"""
	until = nowdate() if source.ends is None else _earlier_of(source.ends, nowdate())
	beyond = days_between(Coalesce(source.done, until), source.since) - source.days
	done = Case().when(source.done.isnotnull(), 1).else_(0)
	columns = (NullValue().as_("group_id") if group is None else group.as_("group_id"), done.as_("done"), beyond.as_("beyond"))
	query = source.query.where(source.since.isnotnull()).select(*columns, Count("*").as_("number"))
	return query.groupby(*(column for column in columns if not isinstance(column, NullValue))).as_("days")


# -- rules --------------------------------------------------------------------------------------------------------------


def _sources(asked: Asked) -> list[Source]:
	found = [_documents(asked), _reports(asked), *_sheets(asked), *_notes(asked)]
	# sections do not read meetings before their minutes are published
	return [*found, _attendance(asked)] if scope.acts_as(OFFICER, MANAGER) and not asked.named.get("section") else found


def _documents(asked: Asked) -> Source:
	proposal = frappe.qb.DocType(PROPOSAL)
	under_way = proposal.documents_handed_in_on.isnotnull() | proposal.workflow_state.notin(states(PROPOSAL, OVER) or [""])
	query = frappe.qb.from_(proposal).where(readable(PROPOSAL) & under_way & asked.narrow(proposal, "programme", "section"))
	return Source(
		_("Documents After the Section Talk"),
		_("Organisation side"),
		query,
		proposal.documents_due_on,
		proposal.documents_handed_in_on,
		proposal.section,
		proposal.fiscal_year,
	)


def _reports(asked: Asked) -> Source:
	report = frappe.qb.DocType(REPORT)
	query = frappe.qb.from_(report).where(readable(REPORT) & asked.narrow(report, "programme", "section"))
	return Source(
		_("Report on the Project"), _("Organisation side"), query, report.due_date, report.submitted_on, report.section, report.fiscal_year
	)


def _sheets(asked: Asked) -> list[Source]:
	sheet, evaluation = frappe.qb.DocType(SHEET), frappe.qb.DocType(ROUND)
	# when a sheet was handed in is no secret, what it says is
	rows = frappe.qb.from_(sheet).join(evaluation).on(evaluation.name == sheet.evaluation_round)
	rows = rows.where(readable(ROUND) & asked.narrow(evaluation, "programme", "section"))
	# a round that was closed with one side only waits for nobody
	rows = rows.where(sheet.submitted_on.isnotnull() | evaluation.workflow_state.isin(states(ROUND, WRITING) or [""]))
	sides = (("City", _("City side")), ("Organisation", _("Organisation side")))
	due = (evaluation.due_date, sheet.submitted_on, evaluation.section, evaluation.fiscal_year)
	return [Source(_("Evaluation Sheet"), whose, rows.where(sheet.side == side), *due) for side, whose in sides]


def _notes(asked: Asked) -> list[Source]:
	note, project, programme = frappe.qb.DocType(NOTE), frappe.qb.DocType(PROJECT), frappe.qb.DocType(PROGRAMME)
	rows = (
		frappe.qb.from_(note)
		.join(project)
		.on(project.name == note.project)
		.join(programme)
		.on((programme.name == project.programme) & (programme.reply_days > 0))
	)
	rows = rows.where(readable(NOTE) & asked.narrow(note, "section", year=None) & asked.narrow(project, "programme"))
	sides = (("Organisation", _("City side")), ("City", _("Organisation side")))
	due = (note.creation, note.acknowledged_on, note.section, project.fiscal_year, programme.reply_days)
	return [Source(_("Answer to a Note"), whose, rows.where(note.side == side), *due) for side, whose in sides]


def _attendance(asked: Asked) -> Source:
	row, meeting = frappe.qb.DocType("Kyodo Attendance"), frappe.qb.DocType(MEETING)
	rows = frappe.qb.from_(row).join(meeting).on((row.parent == meeting.name) & (row.parenttype == MEETING))
	invited: Criterion = meeting.invited_on.isnotnull() & meeting.workflow_state.notin(states(MEETING, OVER) or [""])
	rows = rows.where(readable(MEETING) & invited & asked.narrow(meeting, "programme"))
	return Source(
		_("Answer to an Invitation"),
		_("Committee Members"),
		rows,
		meeting.answer_by,
		row.answered_on,
		year=meeting.fiscal_year,
		ends=meeting.meeting_date,
	)
