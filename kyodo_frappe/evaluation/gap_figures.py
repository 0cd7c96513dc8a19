"""How far apart the two sides evaluate, counted by the database: for the public page of the years and for the reports of the desk.

`where`: which projects and rounds count; the caller has checked that the reader may see them. Only released sheets, and items that
both sides have marked.
"""

from dataclasses import dataclass

import frappe
from frappe.query_builder import Case, Criterion, Field
from frappe.query_builder.functions import Abs, Avg, Count, Sum

from kyodo_frappe.evaluation.rounds import ROUND, SHEET
from kyodo_frappe.rules.equality import CITY, ORGANISATION

PROJECT, MARK, PROGRAMME = "Kyodo Project", "Kyodo Evaluation Mark", "Kyodo Programme"


@dataclass(frozen=True)
class Pairs:
	"""Marks of both sides on the same item. mark: the city's; other: the organisation's; query: the joined tables."""

	query: object
	project: object
	evaluation: object
	mark: object
	other: object
	programme: object


def pairs() -> Pairs:
	"""Return the pairs of marks with the tables they belong to."""
	project, evaluation, programme = (frappe.qb.DocType(name) for name in (PROJECT, ROUND, PROGRAMME))
	sheet, mark = frappe.qb.DocType(SHEET), frappe.qb.DocType(MARK)
	other_sheet, other = frappe.qb.DocType(SHEET).as_("other_sheet"), frappe.qb.DocType(MARK).as_("other_mark")
	same_item = (other.parent == other_sheet.name) & (other.parenttype == SHEET) & (other.item_code == mark.item_code)
	query = (
		frappe.qb.from_(evaluation)
		.join(project)
		.on(project.name == evaluation.project)
		.left_join(programme)
		.on(programme.name == evaluation.programme)
		.join(sheet)
		.on((sheet.evaluation_round == evaluation.name) & (sheet.side == CITY) & (sheet.released == 1))
		.join(other_sheet)
		.on((other_sheet.evaluation_round == evaluation.name) & (other_sheet.side == ORGANISATION) & (other_sheet.released == 1))
		.join(mark)
		.on((mark.parent == sheet.name) & (mark.parenttype == SHEET))
		.join(other)
		.on(same_item)
		.where((mark.mark > 0) & (other.mark > 0))
	)
	return Pairs(query, project, evaluation, mark, other, programme)


def gaps(found: Pairs, where: Criterion, *groups: Field) -> list[dict]:
	"""Return [{…groups, rounds, items, city, organisation, gap, to_discuss}] in the order of the groups.

	items: number of pairs; city, organisation: marks on average; gap: how far apart the two marks of an item are on average; to_discuss:
	pairs as far apart as the programme says that one talks about them.
	"""
	mark, other = found.mark, found.other
	apart, least = Abs(mark.mark - other.mark), Case().when(found.programme.talk_gap > 0, found.programme.talk_gap).else_(1)
	query = (
		found.query.select(*groups, Count(found.evaluation.name).distinct().as_("rounds"), Count("*").as_("items"))
		.select(Avg(mark.mark).as_("city"), Avg(other.mark).as_("organisation"), Avg(apart).as_("gap"))
		.select(Sum(Case().when(apart >= least, 1).else_(0)).as_("to_discuss"))
		.where(where)
		.groupby(*groups)
	)
	for group in groups:
		query = query.orderby(group)
	return query.run(as_dict=True)
