"""How far apart the two sides evaluate: per item, project, section or year. Only what both sides may see of each other."""

import frappe
from frappe import _
from frappe.utils import cint

from kyodo_frappe.evaluation import gap_figures
from kyodo_frappe.evaluation.rounds import ROUND
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.scope import Asked
from kyodo_frappe.rules.era import era_year

PROJECT = "Kyodo Project"
GROUPS = ("Item", "Project", "Section", "Fiscal Year")


def evaluation_gaps(filters: dict | None = None) -> table.Table:
	"""Return the report. Filters: programme, fiscal_year, years, section, project, group_by (GROUPS). Raises PermissionError."""
	scope.office_or_section()
	asked = scope.asked(filters, GROUPS)
	rows = _gaps(asked)
	labels = _labels(asked.by, rows)
	for row in rows:
		row.group = labels[row.group_id]
		row.update(items=cint(row["items"]), rounds=cint(row.rounds), to_discuss=cint(row.to_discuss))
		row.share = table.share(row.to_discuss, row["items"])
		row.update({name: table.rounded(row[name], 2) for name in ("city", "organisation", "gap")})
		row.tilt = round(row.city - row.organisation, 2)
	if asked.by != "Fiscal Year":
		rows = sorted(rows, key=lambda row: -row.gap)
	shown, page = table.cut(rows, asked.page)
	return table.Table(_columns(asked.by), shown, None, _chart(rows), _summary(asked, rows), len(rows), page)


def _summary(asked: Asked, rows: list[dict]) -> list[dict]:
	items, apart = sum(row["items"] for row in rows), sum(row.to_discuss for row in rows)
	mean = round(sum(row.gap * row["items"] for row in rows) / items, 2) if items else None
	found = [] if asked.by == "Item" else [table.figure(_("Evaluations"), sum(row.rounds for row in rows))]
	return [
		*found,
		table.figure(_("Items Both Marked"), items),
		table.figure(_("Mean Difference of Marks"), mean),
		table.figure(_("Differences To Discuss"), apart),
	]


def _gaps(asked: Asked) -> list[dict]:
	found = gap_figures.pairs()
	group = {
		"Item": found.mark.item,
		"Project": found.evaluation.project,
		"Section": found.evaluation.section,
		"Fiscal Year": found.evaluation.fiscal_year,
	}[asked.by]
	where = scope.readable(ROUND) & asked.narrow(found.evaluation, "programme", "section")
	if asked.more.get("project"):
		where &= found.evaluation.project == str(asked.more["project"])
	return [frappe._dict(row, group_id=row[group.name]) for row in gap_figures.gaps(found, where, group)]


def _labels(by: str, rows: list[dict]) -> dict:
	ids = [row.group_id for row in rows]
	if by == "Fiscal Year":
		return {one: era_year(one) if one else _("Not Set") for one in ids}
	found = table.names(PROJECT, "project_name", ids) if by == "Project" else {}
	return {one: found.get(one, one) or _("Not Set") for one in ids}


def _columns(by: str) -> list[dict]:
	titles = {"Item": _("Item of the Evaluation"), "Project": _("Project"), "Section": _("Section"), "Fiscal Year": _("Fiscal Year")}
	links = {"Project": (PROJECT, "group_id"), "Section": ("Kyodo Section", "group_id")}
	return [
		table.text("group", titles[by], 320, links.get(by)),
		table.number("rounds", _("Evaluations")),
		table.number("items", _("Items Both Marked"), 120),
		table.decimal("city", _("City side")),
		table.decimal("organisation", _("Organisation side")),
		table.decimal("gap", _("Mean Difference of Marks"), 130),
		table.decimal("tilt", _("City Minus Organisation, Mean"), 150),
		table.number("to_discuss", _("Differences To Discuss"), 140),
		table.percent("share", _("Share To Discuss")),
	]


def _chart(rows: list[dict]) -> dict | None:
	drawn = rows[:20]
	found = table.chart(
		[row.group for row in drawn],
		[(_("City side"), [row.city for row in drawn]), (_("Organisation side"), [row.organisation for row in drawn])],
	)
	return found and found | {"fieldtype": "Float"}
