"""How equal the two sides are: the figures of evaluation/equality.py as a report, some hundred projects at a time."""

from frappe import _

from kyodo_frappe.evaluation import equality as figures
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.table import PAGE_ROWS

GROUPS = tuple(figures.GROUPS)


def equality(filters: dict | None = None) -> table.Table:
	"""Return the report. Filters: programme, fiscal_year, years, section, project, group_by (GROUPS). Raises PermissionError.

	Groups of several projects cover the latest `figures.MOST_PROJECTS` of them and say so where there are more.
	"""
	asked = scope.asked(filters, GROUPS)
	wanted = {**asked.named, "project": asked.more.get("project"), "group_by": asked.by}
	wanted |= {"fiscal_year": asked.last_year, "first_year": asked.first_year}
	if asked.by == "Project" and asked.page:
		found = figures.equality(wanted, (asked.page - 1) * PAGE_ROWS, PAGE_ROWS)
		rows, count, page = found["rows"], found["projects"], asked.page
	else:
		found = figures.equality(wanted)
		rows, page = table.cut(found["rows"], asked.page)
		count = len(found["rows"])
	left_out = found["projects"] - found["counted"] if asked.by != "Project" or not asked.page else 0
	note = _("Only the latest {0} projects are counted; please narrow the years.").format(found["counted"]) if left_out > 0 else ""
	return table.Table(_columns(asked.by), rows, None, _chart(rows), _summary(found, rows), count, page, note)


def _summary(found: dict, rows: list[dict]) -> list[dict]:
	return [
		table.figure(_("Projects"), found["projects"]),
		table.figure(_("Waiting for the City"), sum(row["open_city"] for row in rows)),
		table.figure(_("Waiting for the Organisation"), sum(row["open_organisation"] for row in rows)),
		table.figure(_("Differences To Discuss"), sum(row["to_discuss"] for row in rows)),
	]


def _chart(rows: list[dict]) -> dict | None:
	drawn = [row for row in rows if row["median_city"] is not None or row["median_organisation"] is not None][:20]
	found = table.chart(
		[row["group"] for row in drawn],
		[
			(_("City Answers: Median Days"), [row["median_city"] for row in drawn]),
			(_("Organisation Answers: Median Days"), [row["median_organisation"] for row in drawn]),
		],
	)
	return found and found | {"fieldtype": "Float"}


def _columns(by: str) -> list[dict]:
	titles = {"Project": _("Project"), "Section": _("Section"), "Fiscal Year": _("Fiscal Year")}
	links = {"Project": ("Kyodo Project", "group_id"), "Section": ("Kyodo Section", "group_id")}
	second = table.text("last_writer", _("Wrote Last"), 130) if by == "Project" else table.number("projects", _("Projects"))
	return [
		table.text("group", titles[by], 260, links.get(by)),
		second,
		table.decimal("median_city", _("City Answers: Median Days"), 150),
		table.decimal("median_organisation", _("Organisation Answers: Median Days"), 150),
		table.decimal("mean_city", _("City Answers: Mean Days"), 150),
		table.decimal("mean_organisation", _("Organisation Answers: Mean Days"), 150),
		table.number("open_city", _("Waiting for the City"), 130),
		table.number("open_organisation", _("Waiting for the Organisation"), 130),
		table.number("changes_city", _("Changes by the City"), 130),
		table.number("changes_organisation", _("Changes by the Organisation"), 130),
		table.decimal("share_organisation", _("Organisation's Share of Changes (%)"), 150),
		table.number("requested", _("Requested (Yen)"), 140),
		table.number("decided", _("Decided (Yen)"), 140),
		table.number("agreed", _("City's Costs in the Agreement (Yen)"), 150),
		table.decimal("total_cut", _("Cut from Request to Agreement (%)"), 150),
		table.number("items", _("Items Both Marked"), 120),
		table.decimal("distance", _("Mean Difference of Marks"), 150),
		table.decimal("tilt", _("City Minus Organisation, Mean"), 150),
		table.number("to_discuss", _("Differences To Discuss"), 140),
	]
