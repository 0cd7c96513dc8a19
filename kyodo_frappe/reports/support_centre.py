"""The support centre's work: cases by topic, way of asking or time, how long answers took, and what introductions led to."""

import frappe
from frappe import _
from frappe.query_builder import Case, Criterion
from frappe.query_builder.functions import Avg, Count, Max, Min, Substring
from frappe.utils import cint, date_diff, nowdate

from kyodo_frappe.permissions.roles import MANAGER, OFFICER
from kyodo_frappe.proposals.figures import number
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.scope import Asked, days_between, readable
from kyodo_frappe.rules.era import era_year

CASE, MATCH, DISPATCH = "Kyodo Support Case", "Kyodo Match", "Kyodo Dispatch"
GROUPS = ("Topic", "Channel", "Month", "Fiscal Year")
COUNTS = ("cases", "small_groups", "open", "answered", "closed")


def support_centre(filters: dict | None = None) -> table.Table:
	"""Return the report. Filters: programme, fiscal_year, years, group_by (GROUPS). Raises PermissionError for everybody but the office."""
	scope.require_reader(OFFICER, MANAGER)
	asked = scope.asked(filters, GROUPS)
	rows = [_row(row, asked.by) for row in _cases(asked)]
	if asked.by in ("Topic", "Channel"):
		order = frappe.get_meta(CASE).get_field(asked.by.lower()).options.split("\n")
		rows.sort(key=lambda row: order.index(row.group_id) if row.group_id in order else len(order))
	total = table.sums(rows, *COUNTS)
	shown, page = table.cut(rows, asked.page)
	return table.Table(
		_columns(asked.by),
		shown,
		total,
		table.chart([row.group for row in rows], [(_("Support Cases"), [row.cases for row in rows])]),
		_summary(asked, total, rows),
		len(rows),
		page,
	)


def _cases(asked: Asked) -> list[dict]:
	case = frappe.qb.DocType(CASE)
	answered = days_between(case.answered_on, case.received_on)
	group = {
		"Topic": case.topic,
		"Channel": case.channel,
		"Month": Substring(case.received_on, 1, 7),
		"Fiscal Year": case.fiscal_year,
	}[asked.by]
	query = frappe.qb.from_(case).select(
		group.as_("group_id"), Count(case.name).as_("cases"), number(case.small_group == 1).as_("small_groups")
	)
	for state in ("Open", "Answered", "Closed"):
		query = query.select(number(case.state == state).as_(state.lower()))
	return (
		query.select(Count(case.answered_on).as_("with_answer"), Avg(answered).as_("days"), Max(answered).as_("slowest"))
		.select(Min(Case().when(case.state == "Open", case.received_on)).as_("oldest"))
		.where(readable(CASE) & asked.narrow(case, "programme"))
		.groupby(group)
		.orderby(group)
		.run(as_dict=True)
	)


def _row(row: dict, by: str) -> dict:
	table.whole([row], *COUNTS, "with_answer")
	row.days, row.slowest = table.rounded(row.days), None if row.slowest is None else cint(row.slowest)
	row.waiting = date_diff(nowdate(), row.oldest) if row.oldest else None
	if by == "Fiscal Year":
		row.group = era_year(row.group_id) if row.group_id else _("Not Set")
	else:
		row.group = (_(row.group_id) if by != "Month" else row.group_id) or _("Not Set")
	return row


def _summary(asked: Asked, total: dict, rows: list[dict]) -> list[dict]:
	answered = sum(row.with_answer for row in rows)
	days = sum(row.days * row.with_answer for row in rows if row.days is not None)
	introduced, together = _introductions(asked)
	return [
		table.figure(_("Support Cases"), total["cases"]),
		table.figure(_("Not Answered Yet"), total["open"]),
		table.figure(_("Days to the answer, mean"), round(days / answered, 1) if answered else None),
		table.figure(_("Introductions"), introduced),
		table.figure(_("Came Together"), together),
		table.figure(_("Dispatches"), _dispatches(asked)),
	]


def _introductions(asked: Asked) -> tuple[int, int]:
	"""(introductions, those that came together) of the years"""
	match, need = frappe.qb.DocType(MATCH), frappe.qb.DocType("Kyodo Need")
	query = (
		frappe.qb.from_(match)
		.left_join(need)
		.on(need.name == match.need)
		.select(Count(match.name), number(match.state == "Came Together"))
		.where(readable(MATCH) & asked.within(match.introduced_on) & asked.narrow(need, "programme", year=None))
	)
	counts = query.run()[0]
	return cint(counts[0]), cint(counts[1])


def _dispatches(asked: Asked) -> int:
	dispatch = frappe.qb.DocType(DISPATCH)
	wanted: Criterion = readable(DISPATCH) & asked.within(dispatch.from_date) & asked.narrow(dispatch, "programme", year=None)
	return frappe.qb.from_(dispatch).select(Count(dispatch.name)).where(wanted & (dispatch.state != "Declined")).run()[0][0]


def _columns(by: str) -> list[dict]:
	titles = {"Topic": _("Topic of the Case"), "Channel": _("Came By"), "Month": _("Month"), "Fiscal Year": _("Fiscal Year")}
	return [
		table.text("group", titles[by], 220),
		table.number("cases", _("Support Cases"), 110),
		table.number("small_groups", _("Of Individuals and Small Groups"), 150),
		table.number("open", _("Not Answered Yet"), 110),
		table.number("answered", _("Answered"), 110),
		table.number("closed", _("Closed"), 110),
		table.days("days", _("To the Answer, Mean")),
		table.days("slowest", _("To the Answer, at Most")),
		table.days("waiting", _("Longest Wait Now")),
	]
