"""The years of projects in figures, for everybody: how fast both sides answer, how far apart they evaluate; published projects only.

Every function has the same number of queries however many projects there are.
"""

from collections import defaultdict

import frappe
from frappe.utils import cint, flt

from kyodo_frappe.evaluation import gap_figures
from kyodo_frappe.evaluation.rounds import ROUND
from kyodo_frappe.partnership import waiting_times
from kyodo_frappe.partnership.public import public_filters
from kyodo_frappe.rules.equality import CITY, ORGANISATION, answers
from kyodo_frappe.workflows.states import states

PROJECT = "Kyodo Project"
# response times are computed from single answers: only those of the latest years
YEARS = 10


def response_times(programme: str) -> dict[int, dict]:
	"""{fiscal year in which a project begins: {projects, city, organisation}} of the latest years; city, organisation: days to an answer
	(median), None without any."""
	fields = ["name", "organisation", "section", "proposal", "fiscal_year"]
	rows = frappe.get_all(PROJECT, public_filters(programme=programme), fields, order_by="fiscal_year desc, name asc")
	years = sorted({row.fiscal_year for row in rows if row.fiscal_year}, reverse=True)[:YEARS]
	projects = [row for row in rows if row.fiscal_year in years]
	exchanges = waiting_times.exchanges(projects) if projects else {}
	by_year = defaultdict(list)
	for row in projects:
		by_year[row.fiscal_year].extend(exchanges.get(row.name, ()))
	found = {}
	for year in sorted(years):
		of_sides = answers(by_year[year])
		number = sum(row.fiscal_year == year for row in projects)
		found[year] = {"projects": number, "city": of_sides[CITY].median, "organisation": of_sides[ORGANISATION].median}
	return found


def gaps(programme: str) -> dict[int, dict]:
	"""{fiscal year of a round: {rounds, city, organisation, gap}} of published rounds, over the items that both sides have marked.

	city, organisation: their marks on average; gap: how far apart the two marks of an item are on average.
	"""
	found = gap_figures.pairs()
	project, evaluation = found.project, found.evaluation
	shown = project.workflow_state.isin(states(PROJECT, public=True)) & evaluation.workflow_state.isin(states(ROUND, public=True))
	public = (project.programme == programme) & (project.published == 1) & shown
	rows = gap_figures.gaps(found, public, evaluation.fiscal_year)
	averages = lambda row: {name: round(flt(row[name]), 2) for name in ("city", "organisation", "gap")}
	return {row.fiscal_year: {"rounds": cint(row.rounds), **averages(row)} for row in rows}
