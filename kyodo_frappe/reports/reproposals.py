"""What became of proposals that were refused: whether they came again, when, and how that ended."""

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import cint

from kyodo_frappe.proposals import figures
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.pipeline import PROPOSAL
from kyodo_frappe.reports.scope import Asked
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.states import drafts


def reproposals(filters: dict | None = None) -> table.Table:
	"""Return the report. Filters: programme, fiscal_year and years (of the refused proposal), call, section. Raises PermissionError."""
	scope.office_or_section()
	asked = scope.asked(filters)
	years = _by_year(asked)
	total = table.sums(years, "refused", "again", "adopted")
	count = sum(row.lines for row in years)
	page = table.existing_page(asked.page, count)
	rows = _rows(asked, page)
	again = [("refused", _("Refused")), ("again", _("Proposed Again")), ("adopted", _("Of These Adopted"))]
	return table.Table(
		_columns(),
		rows,
		None,
		table.chart([era_year(row.fiscal_year) for row in years if row.fiscal_year], _datasets(again, years)),
		[
			*(table.figure(label, total[name]) for name, label in again),
			table.percentage(_("Share Proposed Again"), table.share(total["again"], total["refused"])),
			table.percentage(_("Share of These Adopted"), table.share(total["adopted"], total["again"])),
		],
		count,
		page,
	)


def _datasets(series, years) -> list[tuple[str, list]]:
	return [(label, [row[name] for row in years if row.fiscal_year]) for name, label in series]


def _joined(asked: Asked):
	"""(refused proposals with the ones that came after them, both tables). A draft that follows is its author's own matter."""
	proposal, after = frappe.qb.DocType(PROPOSAL), frappe.qb.DocType(PROPOSAL).as_("after")
	came = (after.previous_proposal == proposal.name) & after.workflow_state.notin(drafts(PROPOSAL) or [""])
	refused = figures.is_refused(proposal) & asked.narrow(proposal, "programme", "call", "section") & scope.readable(PROPOSAL)
	return frappe.qb.from_(proposal).left_join(after).on(came).where(refused), proposal, after


def _by_year(asked: Asked) -> list[dict]:
	query, proposal, after = _joined(asked)
	rows = (
		query.select(proposal.fiscal_year, Count("*").as_("lines"), Count(proposal.name).distinct().as_("refused"))
		.select(Count(after.previous_proposal).distinct().as_("again"), figures.number(figures.is_adopted(after)).as_("adopted"))
		.groupby(proposal.fiscal_year)
		.orderby(proposal.fiscal_year)
		.run(as_dict=True)
	)
	return table.whole(rows, "adopted")


def _rows(asked: Asked, page: int) -> list[dict]:
	query, proposal, after = _joined(asked)
	query = (
		query.select(proposal.name.as_("proposal"), proposal.title, proposal.fiscal_year, proposal.section, proposal.organisation)
		.select(proposal.decided_on, after.name.as_("next"), after.title.as_("next_title"), after.fiscal_year.as_("next_year"))
		.select(after.workflow_state.as_("next_state"), scope.days_between(after.first_submitted_on, proposal.decided_on).as_("days"))
		.orderby(proposal.fiscal_year, order=frappe.qb.desc)
		.orderby(proposal.name)
	)
	rows = table.on_page(query, page).run(as_dict=True)
	names = table.names("Kyodo Organisation", "organisation_name", (row.organisation for row in rows))
	for row in rows:
		row.organisation_name = names.get(row.organisation) or _("The city")
		row.year = era_year(row.fiscal_year) if row.fiscal_year else None
		row.next_year = era_year(row.next_year) if row.next_year else None
		row.next_state = _(row.next_state) if row.next_state else _("Not Proposed Again")
		row.days = None if row.days is None else max(cint(row.days), 0)
	return rows


def _columns() -> list[dict]:
	return [
		table.text("title", _("Refused Proposal"), 280, (PROPOSAL, "proposal")),
		table.text("year", _("Fiscal Year"), 110),
		table.text("organisation_name", _("Organisation"), 200, ("Kyodo Organisation", "organisation")),
		table.text("section", _("Section"), 140, ("Kyodo Section", "section")),
		table.day("decided_on", _("Decided On")),
		table.text("next_title", _("Proposed Again As"), 280, (PROPOSAL, "next")),
		table.text("next_year", _("Fiscal Year of the New Proposal"), 110),
		table.text("next_state", _("What Became of It"), 140),
		table.days("days", _("From Refusal to New Proposal")),
	]
