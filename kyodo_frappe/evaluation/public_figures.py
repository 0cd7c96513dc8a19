"""The years of projects in figures, for everybody: how fast both sides answer, how far apart they evaluate; published projects only.

Every function has the same number of queries however many projects there are.
"""

from collections.abc import Iterator

import frappe
from frappe.utils import cint, flt

from kyodo_frappe.evaluation import gap_figures
from kyodo_frappe.evaluation.rounds import ROUND
from kyodo_frappe.partnership import waiting_times
from kyodo_frappe.partnership.public import public_filters
from kyodo_frappe.rules.equality import CITY, ORGANISATION, Exchange, answers
from kyodo_frappe.workflows.states import states

PROJECT = "Kyodo Project"
# response times are computed from single answers: only those of the latest years
YEARS = 10
BATCH = 500  # projects


def takes_long(programme: str) -> bool:
	"""Whether the answers of so many projects are not computed while somebody waits."""
	return len(frappe.get_all(PROJECT, public_filters(programme=programme), pluck="name", order_by="name", limit=BATCH + 1)) > BATCH


def response_times(programme: str, with_answers: bool = True) -> dict[int, dict]:
	"""{fiscal year in which a project begins: {projects, city, organisation}} of the latest years; city, organisation: days to an answer
	(median), None without any, or without with_answers."""
	fields = ["name", "organisation", "section", "proposal", "fiscal_year"]
	rows = frappe.get_all(PROJECT, public_filters(programme=programme), fields, order_by="fiscal_year desc, name asc")
	years = sorted({row.fiscal_year for row in rows if row.fiscal_year}, reverse=True)[:YEARS]
	found = {}
	for year in sorted(years):
		projects = [row for row in rows if row.fiscal_year == year]
		of_sides = answers(_exchanges(projects) if with_answers else ())
		found[year] = {"projects": len(projects), "city": of_sides[CITY].median, "organisation": of_sides[ORGANISATION].median}
	return found


def _exchanges(projects: list[dict]) -> Iterator[Exchange]:
	"""The exchanges of these projects, some hundred projects at a time."""
	for first in range(0, len(projects), BATCH):
		for exchanges in waiting_times.exchanges(projects[first : first + BATCH]).values():
			yield from exchanges


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
