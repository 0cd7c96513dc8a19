"""The money of projects and years: granted, paid, settled, returned; a row for each project and fiscal year."""

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import cint

from kyodo_frappe.partnership.payments import REFUND
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.scope import Asked, readable
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.states import DECIDED, states

PROJECT, REPORT, PAYMENT = "Kyodo Project", "Kyodo Report", "Kyodo Payment"
SETTLING = ("Final", "Annual")  # kinds of reports that settle an amount
AMOUNTS = ("granted", "paid", "settled", "returned")


def settlement(filters: dict | None = None) -> table.Table:
	"""Return the report. Filters: programme, fiscal_year, years, section. Raises PermissionError.

	A project without a report counts in the year it begins, with what was granted and paid so far. Settled is what an accepted report
	settles; until then it is not known.
	"""
	scope.office_or_section()
	asked = scope.asked(filters)
	years = _by_year(asked)
	count = sum(row.lines for row in years)
	page = table.existing_page(asked.page, count)
	rows = _rows(asked, page)
	total = table.sums(years, *AMOUNTS)
	labels = _labels()
	return table.Table(
		_columns(labels),
		rows,
		{**total, "difference": total["granted"] - total["settled"]} if count <= len(rows) else total,
		table.chart(
			[era_year(row.fiscal_year) for row in years if row.fiscal_year],
			[
				(_("{0} (10,000 yen)").format(labels[name]), table.ten_thousands(row[name] for row in years if row.fiscal_year))
				for name in AMOUNTS
			],
		),
		[
			table.figure(_("Projects and Years"), count),
			*(table.amount(labels[name], total[name]) for name in AMOUNTS),
			table.figure(_("Not Settled Yet"), sum(row.unsettled for row in years)),
		],
		count,
		page,
	)


def _labels() -> dict[str, str]:
	return {"granted": _("Granted"), "paid": _("Paid"), "settled": _("Amount Settled"), "returned": _("Paid Back")}


def _columns(labels: dict[str, str]) -> list[dict]:
	return [
		table.text("project_name", _("Project"), 260, (PROJECT, "project")),
		table.text("year", _("Fiscal Year"), 110),
		table.text("organisation_name", _("Organisation"), 200, ("Kyodo Organisation", "organisation")),
		table.text("section", _("Section"), 140, ("Kyodo Section", "section")),
		*(table.yen(name, labels[name]) for name in AMOUNTS),
		table.yen("refund", _("To Be Returned")),
		table.yen("payable", _("To Be Paid")),
		table.text("state", _("State of the Report"), 130, (REPORT, "report")),
		table.day("due_date", _("Report Due On")),
	]


def _joined(asked: Asked):
	"""(projects with their settling reports and payments, tables, columns)"""
	project, report = frappe.qb.DocType(PROJECT), frappe.qb.DocType(REPORT)
	paid = _payments()
	year = Coalesce(report.fiscal_year, project.fiscal_year)
	settled = report.workflow_state.isin(states(REPORT, DECIDED) or [""])
	query = (
		frappe.qb.from_(project)
		.left_join(report)
		.on((report.project == project.name) & report.report_kind.isin(SETTLING))
		.left_join(paid)
		.on((paid.project == project.name) & ((paid.fiscal_year == year) | (paid.fiscal_year == 0)))
		.where(readable(PROJECT) & asked.narrow(project, "programme", "section", year=None))
		.where((Coalesce(report.granted_amount, project.granted_amount) > 0) | paid.paid.isnotnull())
	)
	if asked.last_year:
		query = query.where(year[asked.first_year : asked.last_year])
	return query, project, report, paid, year, settled


def _payments():
	"""Per project and fiscal year what has been paid and returned; year 0 where payments name none, as in projects of one year."""
	row = frappe.qb.DocType(PAYMENT)
	year = Coalesce(row.fiscal_year, 0)
	return (
		frappe.qb.from_(row)
		.select(row.parent.as_("project"), year.as_("fiscal_year"))
		.select(Sum(Case().when(row.kind == REFUND, 0).else_(row.amount)).as_("paid"))
		.select(Sum(Case().when(row.kind == REFUND, row.amount).else_(0)).as_("returned"))
		.where((row.parenttype == PROJECT) & row.paid_on.isnotnull())
		.groupby(row.parent, year)
		.as_("payment")
	)


def _by_year(asked: Asked) -> list[dict]:
	query, project, report, paid, year, settled = _joined(asked)
	rows = (
		query.select(year.as_("fiscal_year"), Count("*").as_("lines"))
		.select(Sum(Coalesce(report.granted_amount, project.granted_amount)).as_("granted"), Sum(paid.paid).as_("paid"))
		.select(Sum(Case().when(settled, report.settled_amount).else_(0)).as_("settled"), Sum(paid.returned).as_("returned"))
		.select(Sum(Case().when(settled, 0).else_(1)).as_("unsettled"))
		.groupby(year)
		.orderby(year)
		.run(as_dict=True)
	)
	return table.whole(rows, *AMOUNTS, "unsettled")


def _rows(asked: Asked, page: int) -> list[dict]:
	query, project, report, paid, year, settled = _joined(asked)
	query = (
		query.select(project.name.as_("project"), project.project_name, year.as_("fiscal_year"), project.organisation, project.section)
		.select(Coalesce(report.granted_amount, project.granted_amount).as_("granted"), paid.paid, paid.returned)
		.select(report.name.as_("report"), report.workflow_state.as_("state"), report.due_date)
		.select(Case().when(settled, report.settled_amount).as_("settled"))
		.select(Case().when(settled, report.refund_amount).as_("refund"), Case().when(settled, report.payable_amount).as_("payable"))
		.orderby(year, order=frappe.qb.desc)
		.orderby(project.name)
		.orderby(report.name)
	)
	rows = table.whole(table.on_page(query, page).run(as_dict=True), "granted", "paid", "returned")
	names = table.names("Kyodo Organisation", "organisation_name", (row.organisation for row in rows))
	for row in rows:
		row.organisation_name, row.year = (
			names.get(row.organisation) or _("The city"),
			era_year(row.fiscal_year) if row.fiscal_year else None,
		)
		row.update({name: None if row[name] is None else cint(row[name]) for name in ("settled", "refund", "payable")})
		row.state = _(row.state) if row.state else _("No Report Yet")
	return rows
