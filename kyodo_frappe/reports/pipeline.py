"""How far proposals come: from applying to a completed project, per call, year, section or programme; and the results of the years."""

import frappe
from frappe import _
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Coalesce, Count
from pypika.terms import ExistsCriterion

from kyodo_frappe.proposals import figures
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.scope import Asked
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.states import OVER, states

PROPOSAL, CALL, MEETING, PROJECT = "Kyodo Proposal", "Kyodo Call", "Kyodo Meeting", "Kyodo Project"
FIELDS = {"Call": "call", "Fiscal Year": "fiscal_year", "Section": "section", "Programme": "programme"}
STAGES = ("applied", "received", "examined", "adopted", "agreed", "completed")


def pipeline(filters: dict | None = None) -> table.Table:
	"""Return the report. Filters: programme, fiscal_year, years, call, section, group_by (a key of FIELDS). Raises PermissionError."""
	scope.office_or_section()
	asked = scope.asked(filters, tuple(FIELDS))
	rows = table.whole(_stages(asked), *STAGES, "over")
	labels = group_labels(asked.by, rows)
	for row in rows:
		row.update(group=labels[row.group_id], adopted_share=table.share(row.adopted, row.examined))
		row.completed_share = table.share(row.completed, row.adopted)
	total = table.sums(rows, *STAGES, "over")
	total |= {"adopted_share": table.share(total["adopted"], total["examined"])}
	total |= {"completed_share": table.share(total["completed"], total["adopted"])}
	shown, page = table.cut(rows, asked.page)
	stages = _stage_labels()
	return table.Table(
		[
			group_column(asked.by),
			*(table.number(name, stages[name]) for name in STAGES),
			table.number("over", _("Withdrawn or Declined"), 120),
			table.percent("adopted_share", _("Adopted of Those at a Meeting")),
			table.percent("completed_share", _("Completed of the Adopted")),
		],
		shown,
		total,
		table.chart([stages[name] for name in STAGES], [(_("Proposals"), [total[name] for name in STAGES])]),
		[
			table.figure(stages["applied"], total["applied"]),
			table.figure(stages["adopted"], total["adopted"]),
			table.percentage(_("Adopted of Those at a Meeting"), total["adopted_share"]),
			table.figure(stages["completed"], total["completed"]),
		],
		len(rows),
		page,
	)


def results_by_year(filters: dict | None = None) -> table.Table:
	"""Return the report. Filters: as `pipeline`, group_by Fiscal Year, Section, Call or Programme. Raises PermissionError."""
	scope.office_or_section()
	asked = scope.asked(filters, ("Fiscal Year", "Section", "Call", "Programme"))
	rows = table.whole(_results(asked), *_COUNTED)
	labels = group_labels(asked.by, rows)
	for row in rows:
		row.group, row.days = labels[row.group_id], table.rounded(row.days)
		row.adopted_share = table.share(row.adopted, row.adopted + row.refused)
	total = table.sums(rows, *_COUNTED)
	total["adopted_share"] = table.share(total["adopted"], total["adopted"] + total["refused"])
	counted = [("proposals", _("Applications")), ("adopted", _("Adopted")), ("continued", _("Continued Projects"))]
	shown, page = table.cut(rows, asked.page)
	return table.Table(
		[
			group_column(asked.by),
			table.number("proposals", _("Applications")),
			table.number("adopted", _("Adopted")),
			table.number("refused", _("Not Adopted")),
			table.percent("adopted_share", _("Share Adopted")),
			table.number("continued", _("Continued Projects")),
			table.number("again", _("Proposed Again")),
			table.yen("requested", _("Amount Asked For")),
			table.yen("granted", _("Amount Granted")),
			table.days("days", _("From Receipt to Decision")),
		],
		shown,
		total,
		table.chart([row.group for row in rows][-30:], [(label, [row[name] for row in rows][-30:]) for name, label in counted]),
		[
			*(table.figure(label, total[name]) for name, label in counted),
			table.percentage(_("Share Adopted"), total["adopted_share"]),
			table.amount(_("Amount Granted"), total["granted"]),
		],
		len(rows),
		page,
	)


_COUNTED = ("proposals", "adopted", "refused", "continued", "again", "requested", "granted")


def group_labels(by: str, rows: list[dict]) -> dict:
	"""Return {id of a group: its name}."""
	ids = [row["group_id"] for row in rows]
	if by == "Fiscal Year":
		return {one: era_year(one) if one else _("Not Set") for one in ids}
	found = table.names(CALL, "call_name", ids) if by == "Call" else {}
	return {one: found.get(one, one) if one else (_("Without a Call") if by == "Call" else _("Not Set")) for one in ids}


def group_column(by: str) -> dict:
	"""Return the first column, which leads to the record of the group."""
	doctypes = {"Call": CALL, "Section": "Kyodo Section", "Programme": "Kyodo Programme"}
	titles = {"Call": _("Call"), "Fiscal Year": _("Fiscal Year"), "Section": _("Section"), "Programme": _("Programme")}
	return table.text("group", titles[by], 260, (doctypes[by], "group_id") if by in doctypes else None)


def proposals_asked(asked: Asked, proposal) -> Criterion:
	"""Return the condition for the proposals of a report: readable, handed in, within the filters."""
	return scope.handed_in(PROPOSAL) & asked.narrow(proposal, "programme", "call", "section")


def _stage_labels() -> dict[str, str]:
	return {
		"applied": _("Applications"),
		"received": _("Received"),
		"examined": _("Came to a Meeting"),
		"adopted": _("Adopted"),
		"agreed": _("Agreement Concluded"),
		"completed": _("Project Completed"),
	}


def _stages(asked: Asked) -> list[dict]:
	proposal = frappe.qb.DocType(PROPOSAL)
	# not the column itself: the database would follow the index of the groups, and read every proposal beside it
	group = Coalesce(proposal[FIELDS[asked.by]], 0 if asked.by == "Fiscal Year" else "")
	decided = proposal.decided_on.isnotnull() | figures.is_adopted(proposal) | _came_to_a_meeting(proposal)
	completed = _has_completed_project(proposal)
	agreed = completed | _has_agreement(proposal)
	rows = (
		frappe.qb.from_(proposal)
		.select(group.as_("group_id"), Count(proposal.name).as_("applied"))
		.select(figures.number(proposal.received_on.isnotnull()).as_("received"), figures.number(decided).as_("examined"))
		.select(figures.number(figures.is_adopted(proposal)).as_("adopted"), figures.number(agreed).as_("agreed"))
		.select(figures.number(completed).as_("completed"))
		.select(figures.number(proposal.workflow_state.isin(states(PROPOSAL, OVER) or [""])).as_("over"))
		.where(proposals_asked(asked, proposal))
		.groupby(group)
		.orderby(group)
		.run(as_dict=True)
	)
	for row in rows:
		row.group_id = row.group_id or None
	return rows


def _came_to_a_meeting(proposal) -> Criterion:
	"""Return the condition that a meeting has been, or is going to be, about a proposal."""
	item, meeting = frappe.qb.DocType("Kyodo Agenda Item"), frappe.qb.DocType(MEETING)
	held = meeting.workflow_state.notin(states(MEETING, OVER) or [""])
	joined = frappe.qb.from_(item).join(meeting).on((item.parent == meeting.name) & (item.parenttype == MEETING))
	return ExistsCriterion(joined.select(item.name).where((item.proposal == proposal.name) & held))


def _has_completed_project(proposal) -> Criterion:
	project = frappe.qb.DocType(PROJECT)
	completed = (project.proposal == proposal.name) & project.completed_on.isnotnull()
	return ExistsCriterion(frappe.qb.from_(project).select(project.name).where(completed))


def _has_agreement(proposal) -> Criterion:
	"""Return the condition that the agreement of a proposal's project has been concluded."""
	project, agreement = frappe.qb.DocType(PROJECT), frappe.qb.DocType("Kyodo Agreement")
	joined = frappe.qb.from_(project).join(agreement).on(agreement.project == project.name)
	return ExistsCriterion(joined.select(project.name).where((project.proposal == proposal.name) & agreement.concluded_on.isnotnull()))


def _results(asked: Asked) -> list[dict]:
	proposal = frappe.qb.DocType(PROPOSAL)
	group = proposal[FIELDS[asked.by]]
	return [frappe._dict(row, group_id=row[group.name]) for row in figures.counts(proposals_asked(asked, proposal), group)]
