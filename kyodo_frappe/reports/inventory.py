"""The city's inventory of kyodo (協働事業の一覧): projects of a year, their growth, the plans they appear in, and the progress
of the screening of services.

Source: 001 小平市 1(2) (34 projects in 11 plans), 4(1) (協働事業の確認), 4(3)③ (review of what exists). Runs with the
permissions of the user: a section officer sees their own sections. The number of queries does not depend on the data.
"""

from collections import defaultdict
from datetime import date

import frappe
from frappe import _
from frappe.utils import cint, getdate, nowdate

from kyodo_frappe.permissions.people import sections_of
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION, require
from kyodo_frappe.rules.era import era_year, fiscal_year, fiscal_year_range
from kyodo_frappe.rules.textkeys import search_key

PROJECT = "Kyodo Project"
SCREENING = "Kyodo Service Screening"
YEARS = 5  # the requested year and the four before it
GROUPS = {
	"Project": "name",
	"Section": "section",
	"Plan": "plan",
	"Form": "form",
	"Origin": "origin",
	"Organisation": "organisation",
}
FIELDS = (
	*("name", "project_name", "programme", "section", "plan_or_policy", "form", "origin", "organisation"),
	*("fiscal_year", "from_date", "to_date", "completed_on", "workflow_state", "is_model_project"),
)


def inventory(filters: dict | None = None) -> dict:
	"""{"columns", "rows", "chart", "summary"} of the report.

	Filters: fiscal_year, programme, section, group_by (a key of GROUPS). Raises PermissionError for others than the office and
	sections.
	"""
	require(OFFICER, MANAGER, SECTION)
	filters = frappe._dict(filters or {})
	by = filters.group_by if filters.group_by in GROUPS else "Project"
	year = cint(filters.fiscal_year) or fiscal_year(getdate(nowdate()))
	years = list(range(year - YEARS + 1, year + 1))
	projects = _projects(filters, years)
	running = {asked: [row for row in projects if runs_in(row, asked)] for asked in years}
	names = _organisation_names(projects)
	if by == "Project":
		columns, rows = _project_columns(), [_project_row(row, names) for row in running[year]]
	else:
		columns, rows = _group_columns(by, years), _group_rows(by, running, years, names)
	screened = _screening(filters, year)
	return {"columns": columns, "rows": rows, "chart": _chart(running), "summary": _summary(running, year, screened)}


def runs_in(project: dict, year: int) -> bool:
	"""Whether a project runs in part of a fiscal year: from its first day (or its fiscal year) to its completion or end of term."""
	first, last = fiscal_year_range(year)
	begins = getdate(project.from_date) if project.from_date else fiscal_year_range(project.fiscal_year)[0]
	return begins <= last and _ends(project, begins) >= first


def _ends(project: dict, begins: date) -> date:
	if project.completed_on:
		return getdate(project.completed_on)
	return getdate(project.to_date) if project.to_date else fiscal_year_range(fiscal_year(begins))[1]


# -- data -------------------------------------------------------------------------------


def _projects(filters: dict, years: list[int]) -> list[dict]:
	last = fiscal_year_range(years[-1])[1]
	wanted = [["workflow_state", "!=", "Cancelled"], ["fiscal_year", "<=", years[-1]]]
	wanted += [[field, "=", filters[field]] for field in ("programme", "section") if filters.get(field)]
	# get_list applies the user's permissions; section officers on a committee still see only their own sections
	rows = frappe.get_list(PROJECT, wanted, list(FIELDS), order_by="section asc, name asc", limit_page_length=0)
	own = _own_sections()
	rows = [row for row in rows if own is None or row.section in own]
	for row in rows:
		row.plan = (row.plan_or_policy or "").strip()
	return [row for row in rows if not row.from_date or getdate(row.from_date) <= last]


def _own_sections() -> set[str] | None:
	"""The sections whose projects the user sees; None for all."""
	if {OFFICER, MANAGER} & set(frappe.get_roles()):
		return None
	return set(sections_of(frappe.session.user))


def _organisation_names(projects: list[dict]) -> dict[str, str]:
	names = {row.organisation for row in projects if row.organisation}
	if not names:
		return {}
	# only organisations of projects that the user may read
	rows = frappe.get_all("Kyodo Organisation", {"name": ["in", sorted(names)]}, ["name", "organisation_name"], order_by="name")
	return {row.name: row.organisation_name for row in rows}


def _screening(filters: dict, year: int) -> tuple[int, int]:
	"""(services entered for a year, services screened)."""
	wanted = {"fiscal_year": year}
	wanted.update({field: filters[field] for field in ("programme", "section") if filters.get(field)})
	rows = frappe.get_list(SCREENING, wanted, ["section", "workflow_state"], order_by="name", limit_page_length=0)
	own = _own_sections()
	rows = [row for row in rows if own is None or row.section in own]
	return len(rows), sum(row.workflow_state == "Screened" for row in rows)


def plans_of(projects: list[dict]) -> int:
	"""The number of the city's plans in which projects appear, regardless of how a plan's name is written."""
	return len({search_key(row.plan).replace(" ", "") for row in projects if row.plan})


# -- columns, rows and figures ------------------------------------------------------------------------------


def _project_row(project: dict, names: dict[str, str]) -> dict:
	return {
		"project": project.name,
		"project_name": project.project_name,
		"section": project.section,
		"plan": project.plan or None,
		"form": project.form,
		"origin": _(project.origin),
		"organisation": names.get(project.organisation) or _("The city"),
		"since": era_year(project.fiscal_year),
		"state": _(project.workflow_state),
		"is_model_project": "○" if project.is_model_project else "",
	}


def _group_rows(by: str, running: dict[int, list[dict]], years: list[int], names: dict[str, str]) -> list[dict]:
	counts: dict[str, dict[int, int]] = defaultdict(lambda: dict.fromkeys(years, 0))
	for year in years:
		for project in running[year]:
			counts[_group_of(by, project, names)][year] += 1
	rows = []
	for group in sorted(counts, key=lambda name: (-counts[name][years[-1]], name)):
		found = counts[group]
		figures = {f"year_{year}": found[year] for year in years}
		rows.append({"group": group, **figures, "growth": found[years[-1]] - found[years[-2]]})
	return rows


def _group_of(by: str, project: dict, names: dict[str, str]) -> str:
	value = project.get(GROUPS[by])
	if by == "Origin":
		return _(value)
	if by == "Organisation":
		return names.get(value) or _("The city")
	return value or _("(not stated)")


def _summary(running: dict[int, list[dict]], year: int, screened: tuple[int, int]) -> list[dict]:
	now, before = running[year], running[year - 1]
	entered, done = screened
	share = f"{done * 100 / entered:.0f}%" if entered else "－"
	return [
		{"value": len(now), "label": _("Kyodo projects of {0}").format(era_year(year)), "datatype": "Int"},
		{"value": f"{len(now) - len(before):+d}", "label": _("Change from the previous year"), "datatype": "Data"},
		{"value": plans_of(now), "label": _("Plans of the city with kyodo"), "datatype": "Int"},
		{"value": sum(row.origin == "Existing Service" for row in now), "label": _("Converted from existing services"), "datatype": "Int"},
		{"value": f"{share}（{done}/{entered}）", "label": _("Services screened"), "datatype": "Data"},
	]


def _chart(running: dict[int, list[dict]]) -> dict:
	labels = [era_year(year) for year in running]
	return {
		"data": {
			"labels": labels,
			"datasets": [
				{"name": _("Kyodo projects"), "values": [len(rows) for rows in running.values()]},
				{"name": _("Plans of the city with kyodo"), "values": [plans_of(rows) for rows in running.values()]},
			],
		},
		"type": "bar",
	}


def _project_columns() -> list[dict]:
	return [
		{"fieldname": "project", "label": _("Project"), "fieldtype": "Link", "options": PROJECT, "width": 130},
		{"fieldname": "project_name", "label": _("Name of the Project"), "fieldtype": "Data", "width": 240},
		{"fieldname": "section", "label": _("Section"), "fieldtype": "Link", "options": "Kyodo Section", "width": 130},
		{"fieldname": "plan", "label": _("Plan of the City It Belongs To"), "fieldtype": "Data", "align": "left", "width": 180},
		{"fieldname": "form", "label": _("Form of Collaboration"), "fieldtype": "Data", "align": "left", "width": 120},
		{"fieldname": "origin", "label": _("Origin"), "fieldtype": "Data", "width": 110},
		{"fieldname": "organisation", "label": _("Organisation"), "fieldtype": "Data", "width": 180},
		{"fieldname": "since", "label": _("Since"), "fieldtype": "Data", "width": 100},
		{"fieldname": "state", "label": _("State"), "fieldtype": "Data", "width": 90},
		{"fieldname": "is_model_project", "label": _("Model Project"), "fieldtype": "Data", "width": 80},
	]


def _group_columns(by: str, years: list[int]) -> list[dict]:
	labels = {
		"Section": _("Section"),
		"Plan": _("Plan of the City It Belongs To"),
		"Form": _("Form of Collaboration"),
		"Origin": _("Origin"),
		"Organisation": _("Organisation"),
	}
	return [
		{"fieldname": "group", "label": labels[by], "fieldtype": "Data", "width": 240},
		*({"fieldname": f"year_{year}", "label": era_year(year), "fieldtype": "Int", "width": 110} for year in years),
		{"fieldname": "growth", "label": _("Change from the previous year"), "fieldtype": "Int", "width": 110},
	]
