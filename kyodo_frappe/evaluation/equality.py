"""How equal the two sides are (対等): waiting times, share in writing, cuts of the amount, differences of marks.

Grouped by project, by section, or by the fiscal year in which a project begins. Marks count only from rounds in which
both sides are in. The number of queries is bounded.
"""

from collections import defaultdict

import frappe
from frappe import _
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Count

from kyodo_frappe.common.language import _lt
from kyodo_frappe.common.queries import NO_NAME, among
from kyodo_frappe.evaluation import rounds as evaluations
from kyodo_frappe.evaluation.over_years import marks_of
from kyodo_frappe.partnership import parties, waiting_times
from kyodo_frappe.permissions.hooks import as_listed
from kyodo_frappe.permissions.people import sections_of
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION, require
from kyodo_frappe.programme.versions import rules_of_each
from kyodo_frappe.rules.equality import Cut, answers, cut, cuts, edits, mark_gaps
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.states import OVER, WRITING, states

PROJECT = "Kyodo Project"
MOST_PROJECTS = 2000  # whose answers one report reads
FIELDS = ("name", "project_name", "fiscal_year", "section", "organisation", "proposal", "decision", "programme", "programme_version")
GROUPS = {"Project": "name", "Section": "section", "Fiscal Year": "fiscal_year"}
SIDES = ((parties.CITY, "city"), (parties.ORGANISATION, "organisation"))
WRITERS = {parties.CITY: _lt("City side"), parties.ORGANISATION: _lt("Organisation side")}


def equality(filters: dict | None = None, start: int = 0, most: int = MOST_PROJECTS) -> dict:
	"""Return {"rows", "projects", "counted"}. filters: programme, fiscal_year, first_year, section, project, group_by (a key of GROUPS).

	Of the projects, the latest first, `most` are looked at from `start` on: their answers are read one by one. projects: how many there
	are; counted: how many the rows cover. The office sees all projects, section officers those of their own section. Raises
	PermissionError for others.
	"""
	require(OFFICER, MANAGER, SECTION)
	filters = frappe._dict(filters or {})
	by = filters.group_by if filters.group_by in GROUPS else "Project"
	projects = _projects(filters, start, most)
	groups = defaultdict(list)
	for project in projects:
		groups[project.get(GROUPS[by])].append(project)
	measured = Metrics(projects)
	keys = sorted(groups, key=lambda key: (key is None, key or ""))
	rows = [
		{
			"group": _group_label(by, key, groups[key]),
			"group_id": key,
			"projects": len(groups[key]),
			**measured.of(groups[key]),
		}
		for key in keys
	]
	total = len(projects) + start if len(projects) < most else _number_of_projects(filters)
	return {"rows": rows, "projects": total, "counted": len(projects)}


def of_project(project: str) -> dict:
	"""Return the figures of one project for those who take part in it. Raises PermissionError."""
	doc = frappe.get_doc(PROJECT, project)
	parties.check_participant(doc)
	row = frappe._dict({field: doc.get(field) for field in FIELDS})
	return frappe._dict(Metrics([row]).of([row]))


@frappe.whitelist(methods=["GET", "POST"])
def waiting_for_city(filters: dict | list | str | None = None) -> dict:
	"""Return how many matters are waiting for the city (number card). Raises PermissionError."""
	return _number_card("city")


@frappe.whitelist(methods=["GET", "POST"])
def waiting_for_organisations(filters: dict | list | str | None = None) -> dict:
	"""Return how many matters are waiting for an organisation (number card). Raises PermissionError."""
	return _number_card("organisation")


def _number_card(side: str) -> dict:
	require(OFFICER, MANAGER, SECTION)
	# nothing waits in a project that is over
	projects = _projects(frappe._dict(under_way=True))
	waiting = answers(exchange for found in waiting_times.exchanges(projects).values() for exchange in found)
	count = waiting[{short: full for full, short in SIDES}[side]].open
	return {"value": count, "fieldtype": "Int", "route": ["query-report", "Kyodo Equality"], "route_options": {"fiscal_year": "all"}}


def _projects(filters: dict, start: int = 0, most: int = 0) -> list[dict]:
	order = "fiscal_year desc, name asc"
	# the names from an index, which has no titles; then the rows by their names
	names = frappe.get_list(PROJECT, _conditions(filters), pluck="name", order_by=order, limit_start=start, limit_page_length=most)
	return frappe.get_list(PROJECT, {"name": among(names)}, list(FIELDS), order_by=order, limit_page_length=0) if names else []


def _number_of_projects(filters: dict) -> int:
	"""How many projects `_projects` would find."""
	project, seen = frappe.qb.DocType(PROJECT), as_listed(PROJECT)
	if seen is None:
		return 0
	meets = {"=": "__eq__", ">=": "__ge__", "<=": "__le__", "in": "isin", "not in": "notin"}
	where = [getattr(project[field], meets[operator])(value) for field, operator, value in _conditions(filters)]
	where += [] if seen is True else [seen]
	return frappe.qb.from_(project).select(Count(project.name)).where(Criterion.all(where)).run()[0][0]


def _conditions(filters: dict) -> list[list]:
	"""Filters of `frappe.get_list`, which reads with the permissions of the user."""
	found = [["workflow_state", "not in", states(PROJECT, OVER) if filters.get("under_way") else ["Cancelled"]]]
	for fieldname, name in (("name", "project"), ("programme", "programme"), ("section", "section")):
		if filters.get(name):
			found.append([fieldname, "=", filters[name]])
	if filters.get("fiscal_year"):
		last = int(filters.fiscal_year)
		found += [["fiscal_year", ">=", int(filters.get("first_year") or last)], ["fiscal_year", "<=", last]]
	# section officers who also sit on a committee may read more projects than those of their own section
	if not {OFFICER, MANAGER} & set(frappe.get_roles()):
		found.append(["section", *among(sections_of(frappe.session.user))])
	return found


class Metrics:
	"""Figures of a set of projects, loaded once; `of` combines them for some of the projects."""

	def __init__(self, projects: list[dict]):
		records = waiting_times.ProjectRecords(projects)
		self.exchanges = waiting_times.exchanges(projects, records)
		self.writings = waiting_times.edits(projects, records)
		self.cuts = _cuts(projects, records)
		self.marks = _marks(projects, records)

	def of(self, projects: list[dict]) -> dict:
		"""Return {fieldname: figure} of the given projects together."""
		names = [row.name for row in projects]
		return {
			**_waiting_columns(answers(self._all(self.exchanges, names))),
			**_writing_columns(edits(self._all(self.writings, names))),
			**vars(cuts(self.cuts[name] for name in names)),
			**vars(mark_gaps(self._all(self.marks, names))),
		}

	@staticmethod
	def _all(found: dict[str, list], names: list[str]) -> list:
		return [row for name in names for row in found.get(name, ())]


def _waiting_columns(found: dict) -> dict:
	return {f"{figure}_{short}": value for side, short in SIDES for figure, value in vars(found[side]).items()}


def _writing_columns(found) -> dict:
	shares = {f"changes_{short}": found.counts[side] for side, short in SIDES}
	shares |= {f"share_{short}": found.shares[side] for side, short in SIDES}
	return shares | {
		"last": found.last,
		"last_writer": _(WRITERS[found.last]) if found.last in WRITERS else None,
	}


def _cuts(projects: list[dict], records: waiting_times.ProjectRecords) -> dict[str, Cut]:
	"""Return {project: requested → decided → agreed}.

	The amounts of the proposal and of the decision, and the city's costs in the first agreement.
	"""
	requested = _amounts("Kyodo Proposal", "requested_amount", [row.proposal for row in projects], {"needs_budget": 1})
	decided = _amounts("Kyodo Decision", "amount", [row.decision for row in projects], {})
	agreed = _agreed_city_costs(records)
	return {row.name: cut(requested.get(row.proposal), decided.get(row.decision), agreed.get(row.name)) for row in projects}


def _amounts(doctype: str, fieldname: str, names: list[str | None], conditions: dict) -> dict[str, float]:
	filters = {"name": among([name for name in names if name]), **conditions}
	return dict(frappe.get_all(doctype, filters, ["name", fieldname], as_list=True, order_by="name"))


def _agreed_city_costs(records: waiting_times.ProjectRecords) -> dict[str, float]:
	first = {}
	concluded = [row for row in records.agreements if row.concluded_on]
	for row in sorted(concluded, key=lambda row: (row.concluded_on, row.name)):
		first.setdefault(row.project, row.name)
	found = defaultdict(float)
	for row in frappe.get_all(
		"Kyodo Agreement Cost",
		{"parenttype": "Kyodo Agreement", "parent": among(list(first.values())), "side": parties.CITY},
		["parent", "amount"],
		order_by="idx",
	):
		found[row.parent] += row.amount or 0
	return {project: found[agreement] for project, agreement in first.items()}


def _marks(projects: list[dict], records: waiting_times.ProjectRecords) -> dict[str, list[tuple[float, float, float]]]:
	"""Return {project: [(city, organisation, gap threshold)]} of the rounds in which both sides are in."""
	rules = rules_of_each(projects)
	writing = states(evaluations.ROUND, WRITING)
	rounds = {row.name: row for row in records.rounds if row.workflow_state not in writing}
	found = defaultdict(list)
	for (name, _code), marks in marks_of(list(rounds) or [NO_NAME]).items():
		if all(marks.get(side) for side in parties.SIDES):
			row = rounds[name]
			pair = (marks[parties.CITY], marks[parties.ORGANISATION])
			found[row.project].append((*pair, evaluations.gap_threshold(rules[row.project])))
	return found


# -- the report -----------------------------------------------------------------------------


def _group_label(by: str, key, projects: list[dict]) -> str:
	if key is None:
		return _("Not Set")
	if by == "Fiscal Year":
		return era_year(key)
	return projects[0].project_name if by == "Project" else key
