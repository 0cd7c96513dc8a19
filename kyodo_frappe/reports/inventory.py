"""The city's inventory of kyodo (協働事業の一覧): projects of a year, their growth, the plans they appear in, and the progress
of the screening of services.

Source: 001 小平市 1(2) (34 projects in 11 plans), 4(1) (協働事業の確認), 4(3)③ (review of what exists). Counted by the database with
the permissions of the user: a section officer sees their own sections. The number of queries does not depend on the data.
"""

import functools
from collections.abc import Callable

import frappe
from frappe import _
from frappe.query_builder import Case, Criterion
from frappe.query_builder.functions import Avg, Count
from frappe.utils import getdate, nowdate

from kyodo_frappe.evaluation.rounds import ROUND, SHEET
from kyodo_frappe.proposals.figures import number
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.scope import Asked, readable
from kyodo_frappe.rules.era import era_year, fiscal_year, fiscal_year_range
from kyodo_frappe.rules.textkeys import search_key
from kyodo_frappe.workflows.states import DECIDED, states

PROJECT, SCREENING, ORGANISATION = "Kyodo Project", "Kyodo Service Screening", "Kyodo Organisation"
YEARS = 5  # the requested year and the four before it
GROUPS = {
	"Project": "name",
	"Section": "section",
	"Plan": "plan_or_policy",
	"Form": "form",
	"Principle": None,
	"Origin": "origin",
	"Organisation": "organisation",
}
FIELDS = (
	*("name", "project_name", "section", "plan_or_policy", "form", "origin", "organisation"),
	*("fiscal_year", "workflow_state", "is_model_project"),
)


def inventory(filters: dict | None = None) -> table.Table:
	"""Return the report. Filters: fiscal_year (this year by default), programme, section, group_by (a key of GROUPS).

	Raises PermissionError for others than the office and sections.
	"""
	scope.office_or_section()
	this_year = fiscal_year(getdate(nowdate()))
	asked = scope.asked({**(filters or {}), "years": 1}, tuple(GROUPS))
	if not asked.last_year:
		asked = scope.asked({**(filters or {}), "years": 1, "fiscal_year": this_year}, tuple(GROUPS))
	year = asked.last_year
	years = list(range(year - YEARS + 1, year + 1))
	plans = _counted(asked, years, "plan_or_policy")
	running = sum(row[f"year_{year}"] for row in plans)
	summary, chart = _summary(asked, plans, years), _chart(plans, years)
	if asked.by == "Project":
		page = table.existing_page(asked.page, running)
		return table.Table(_project_columns(), _projects(asked, year, page), None, chart, summary, running, page)
	rows = _principles(asked, years) if asked.by == "Principle" else _groups(asked, plans, years)
	shown, page = table.cut(rows, asked.page)
	# a project is evaluated on several principles, and has one section, plan or form
	total = None if asked.by == "Principle" else table.sums(rows, *(f"year_{one}" for one in years), "growth")
	return table.Table(_group_columns(asked.by, years), shown, total, chart, summary, len(rows), page)


def runs_in(project, year: int) -> Criterion:
	"""Return the condition that a project runs in part of a fiscal year: from its first day (or its fiscal year) to its completion or the
	end of its term."""
	first, last = fiscal_year_range(year)
	begins = (project.fiscal_year <= year) & (project.from_date.isnull() | (project.from_date <= last))
	ends = (
		Case()
		.when(project.completed_on.isnotnull(), project.completed_on >= first)
		.when(project.to_date.isnotnull(), project.to_date >= first)
		.when(project.from_date.isnotnull(), project.from_date >= first)
		.else_(project.fiscal_year >= year)
	)
	return begins & (ends == 1)


# -- data -------------------------------------------------------------------------------


def _wanted(asked: Asked, project) -> Criterion:
	return readable(PROJECT) & (project.workflow_state != "Cancelled") & asked.narrow(project, "programme", "section", year=None)


def _counted(asked: Asked, years: list[int], field: str) -> list[dict]:
	"""[{group_id, existing, year_…}]: projects of a group in each year, and those of the last year that were existing services"""
	project = frappe.qb.DocType(PROJECT)
	existing = (project.origin == "Existing Service") & runs_in(project, years[-1])
	query = frappe.qb.from_(project).select(project[field].as_("group_id"), number(existing).as_("existing"))
	for year in years:
		query = query.select(number(runs_in(project, year)).as_(f"year_{year}"))
	rows = query.where(_wanted(asked, project)).groupby(project[field]).orderby(project[field]).run(as_dict=True)
	return table.whole(rows, "existing", *(f"year_{year}" for year in years))


def _projects(asked: Asked, year: int, page: int) -> list[dict]:
	project = frappe.qb.DocType(PROJECT)
	query = frappe.qb.from_(project).select(*(project[field] for field in FIELDS))
	query = query.where(_wanted(asked, project) & runs_in(project, year)).orderby(project.section).orderby(project.name)
	rows = table.on_page(query, page).run(as_dict=True)
	# only organisations of projects that the user may read
	names = table.names(ORGANISATION, "organisation_name", (row.organisation for row in rows))
	word, year = functools.cache(_), functools.cache(era_year)
	return [_project_row(row, names, word, year) for row in rows]


def _groups(asked: Asked, plans: list[dict], years: list[int]) -> list[dict]:
	counted = plans if asked.by == "Plan" else _counted(asked, years, GROUPS[asked.by])
	found = table.names(ORGANISATION, "organisation_name", (row.group_id for row in counted)) if asked.by == "Organisation" else {}
	groups: dict[str, dict] = {}
	for row in counted:
		if any(row[f"year_{year}"] for year in years):
			label = _group_label(asked.by, row.group_id, found)
			group = groups.setdefault(label, frappe._dict(group=label, group_id=row.group_id, **{f"year_{year}": 0 for year in years}))
			group.update({f"year_{year}": group[f"year_{year}"] + row[f"year_{year}"] for year in years})
	return _grown(list(groups.values()), years)


def _grown(rows: list[dict], years: list[int]) -> list[dict]:
	for row in rows:
		row.growth = row[f"year_{years[-1]}"] - row[f"year_{years[-2]}"]
	return sorted(rows, key=lambda row: (-row[f"year_{years[-1]}"], row.group))


def _principles(asked: Asked, years: list[int]) -> list[dict]:
	"""Per principle: projects that both sides have evaluated on it in each year, and their marks in the last year."""
	project, evaluation = frappe.qb.DocType(PROJECT), frappe.qb.DocType(ROUND)
	item, sheet, mark = frappe.qb.DocType("Kyodo Evaluation Item"), frappe.qb.DocType(SHEET), frappe.qb.DocType("Kyodo Evaluation Mark")
	query = (
		frappe.qb.from_(evaluation)
		.join(project)
		.on(project.name == evaluation.project)
		.join(item)
		.on((item.parent == evaluation.name) & (item.parenttype == ROUND) & (item.kind == "Principle"))
		.join(sheet)
		.on((sheet.evaluation_round == evaluation.name) & (sheet.released == 1))
		.join(mark)
		.on((mark.parent == sheet.name) & (mark.parenttype == SHEET) & (mark.item_code == item.code) & (mark.mark > 0))
		.select(item.item.as_("group"))
		.where(readable(ROUND) & _wanted(asked, project) & evaluation.fiscal_year[years[0] : years[-1]])
		.groupby(item.item)
	)
	for year in years:
		query = query.select(Count(Case().when(evaluation.fiscal_year == year, project.name)).distinct().as_(f"year_{year}"))
	for name, side in (("city", "City"), ("organisation", "Organisation")):
		last = (evaluation.fiscal_year == years[-1]) & (sheet.side == side)
		query = query.select(Avg(Case().when(last, mark.mark)).as_(name))
	rows = query.run(as_dict=True)
	for row in rows:
		row.city, row.organisation = table.rounded(row.city, 2), table.rounded(row.organisation, 2)
	return _grown(rows, years)


def _screening(asked: Asked) -> tuple[int, int]:
	"""(services entered for a year, services screened)."""
	screening = frappe.qb.DocType(SCREENING)
	screened = number(screening.workflow_state.isin(states(SCREENING, DECIDED) or [""]))
	query = frappe.qb.from_(screening).select(Count(screening.name), screened)
	entered, done = query.where(readable(SCREENING) & asked.narrow(screening, "programme", "section")).run()[0]
	return entered, int(done or 0)


def _plans(counted: list[dict], year: int) -> int:
	"""The number of the city's plans in which projects of a year appear, regardless of how a plan's name is written."""
	return len({search_key(row.group_id).replace(" ", "") for row in counted if row[f"year_{year}"] and (row.group_id or "").strip()})


# -- columns, rows and figures ------------------------------------------------------------------------------


def _project_row(project: dict, names: dict[str, str], word: Callable, year: Callable) -> dict:
	"""word, year: a word in the reader's language, and the name of a fiscal year, each made once for all rows."""
	return {
		"project": project.name,
		"project_name": project.project_name,
		"section": project.section,
		"plan": (project.plan_or_policy or "").strip() or None,
		"form": project.form,
		"origin": word(project.origin),
		"organisation": names.get(project.organisation) or word("The city"),
		"organisation_id": project.organisation,
		"since": year(project.fiscal_year),
		"state": word(project.workflow_state),
		"is_model_project": "○" if project.is_model_project else "",
	}


def _group_label(by: str, value: str | None, names: dict[str, str]) -> str:
	if by == "Origin":
		return _(value)
	if by == "Organisation":
		return names.get(value) or _("The city")
	return (value or "").strip() or _("(not stated)")


def _summary(asked: Asked, plans: list[dict], years: list[int]) -> list[dict]:
	now, before = (sum(row[f"year_{year}"] for row in plans) for year in (years[-1], years[-2]))
	entered, done = _screening(asked)
	share = f"{done * 100 / entered:.0f}%" if entered else "－"
	return [
		table.figure(_("Kyodo projects of {0}").format(era_year(years[-1])), now),
		table.figure(_("Change from the previous year"), f"{now - before:+d}"),
		table.figure(_("Plans of the city with kyodo"), _plans(plans, years[-1])),
		table.figure(_("Converted from existing services"), sum(row.existing for row in plans)),
		table.figure(_("Services screened"), f"{share}（{done}/{entered}）"),
	]


def _chart(plans: list[dict], years: list[int]) -> dict | None:
	return table.chart(
		[era_year(year) for year in years],
		[
			(_("Kyodo projects"), [sum(row[f"year_{year}"] for row in plans) for year in years]),
			(_("Plans of the city with kyodo"), [_plans(plans, year) for year in years]),
		],
	)


def _project_columns() -> list[dict]:
	return [
		table.text("project_name", _("Name of the Project"), 260, (PROJECT, "project")),
		table.text("section", _("Section"), 130, ("Kyodo Section", "section")),
		table.text("plan", _("Plan of the City It Belongs To"), 180),
		table.text("form", _("Form of Collaboration"), 120),
		table.text("origin", _("Origin"), 110),
		table.text("organisation", _("Organisation"), 180, (ORGANISATION, "organisation_id")),
		table.text("since", _("Since"), 100),
		table.text("state", _("State"), 90),
		table.text("is_model_project", _("Model Project"), 80),
	]


def _group_columns(by: str, years: list[int]) -> list[dict]:
	labels = {
		"Section": _("Section"),
		"Plan": _("Plan of the City It Belongs To"),
		"Form": _("Form of Collaboration"),
		"Principle": _("Principle"),
		"Origin": _("Origin"),
		"Organisation": _("Organisation"),
	}
	links = {"Section": ("Kyodo Section", "group_id"), "Organisation": (ORGANISATION, "group_id")}
	marks = [table.decimal("city", _("Marks of the City, Mean")), table.decimal("organisation", _("Marks of the Organisations, Mean"))]
	return [
		table.text("group", labels[by], 260, links.get(by)),
		*(table.number(f"year_{year}", era_year(year), 110) for year in years),
		table.number("growth", _("Change from the previous year"), 110),
		*(marks if by == "Principle" else []),
	]
