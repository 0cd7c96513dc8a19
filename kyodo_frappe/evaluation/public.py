"""Public data of evaluations: published rounds with the marks of both sides."""

import frappe

from kyodo_frappe.common.queries import among, by_parent, rows_of
from kyodo_frappe.evaluation import rounds as evaluations
from kyodo_frappe.workflows.states import states

ITEM_FIELDS = ("code", "item", "kind", "baseline", "target", "actual", "achieved", "talk", "talk_by")


ROUND_TEXTS = ("plain_summary", "public_summary", "dialogue", "committee_view")


def of_project(project: str) -> list[dict]:
	"""Return the published rounds of a project as in `both_sides`, the oldest first."""
	rounds = frappe.get_all(
		"Kyodo Evaluation Round",
		{"project": project, "workflow_state": "Published"},
		pluck="name",
		order_by="fiscal_year asc, name asc",
		limit=20,
	)
	return [both_sides(frappe.get_doc("Kyodo Evaluation Round", name)) for name in rounds]


def texts_of(projects: list[str]) -> dict[str, list[str]]:
	"""{project: the texts of its published rounds}, those that `of_project` has; four queries for all."""
	fields = ["name", "project", *ROUND_TEXTS]
	shown = {"project": ["in", projects], "workflow_state": "Published"}
	rounds = frappe.get_all(evaluations.ROUND, shown, fields, order_by="fiscal_year asc, name asc") if projects else []
	names = [row.name for row in rounds]
	items = by_parent(rows_of("Kyodo Evaluation Item", evaluations.ROUND, names, ["code", "item", "talk"]))
	released = {"evaluation_round": ["in", names], "released": 1}
	sheets = frappe.get_all(evaluations.SHEET, released, ["name", "evaluation_round", "comment"], order_by="side asc") if names else []
	marks = by_parent(rows_of("Kyodo Evaluation Mark", evaluations.SHEET, [row.name for row in sheets], ["item_code", "reason"]))
	found: dict[str, list[str]] = {}
	for row in rounds:
		own, mine = items.get(row.name, []), [sheet for sheet in sheets if sheet.evaluation_round == row.name]
		codes = {item.code for item in own}
		texts = [*(row[field] for field in ROUND_TEXTS), *(sheet.comment for sheet in mine)]
		texts += [text for item in own for text in (item.item, item.talk)]
		texts += [mark.reason for sheet in mine for mark in marks.get(sheet.name, ()) if mark.item_code in codes]
		found.setdefault(row.project, []).extend(filter(None, texts))
	return found


def of_fiscal_year(projects: list[str], year: int) -> dict[str, dict]:
	"""{project: its last published round of a fiscal year}: {phase, city, organisation, gap, items, dialogue, talks, outcome, summary}.

	city, organisation: the side's marks on average, None for one that gave none; gap: how far apart the marks of an item are on average;
	items: how many both have marked; talks: what was said about single items. projects: published ones. Four queries for all.
	"""
	shown = {"project": among(projects), "fiscal_year": year, "workflow_state": ["in", states(evaluations.ROUND, public=True)]}
	fields = ["name", "project", "phase", "dialogue", "outcome", "public_summary", "plain_summary"]
	rounds = frappe.get_all(evaluations.ROUND, shown, fields, order_by="published_on asc, name asc")
	names = [row.name for row in rounds]
	sheets = frappe.get_all(
		evaluations.SHEET,
		{"evaluation_round": among(names), "released": 1},
		["name", "evaluation_round", "side"],
		order_by="name",
	)
	marks = _marks_by_item(sheets)
	talks = by_parent(rows_of("Kyodo Evaluation Item", evaluations.ROUND, names, ["item", "talk"]))
	found = {}
	for row in rounds:
		said = [f"{one.item}　{one.talk}" for one in talks.get(row.name, ()) if (one.talk or "").strip()]
		found[row.project] = frappe._dict(
			_averages(marks.get(row.name, {})),
			phase=row.phase,
			dialogue=row.dialogue,
			outcome=row.outcome,
			talks=said,
			summary=row.public_summary or row.plain_summary,
		)
	return found


def _marks_by_item(sheets: list[dict]) -> dict[str, dict[str, dict[str, int]]]:
	"""{round: {item code: {side: mark}}} of released sheets; marks that were not given are left out."""
	of_sheet = {row.name: row for row in sheets}
	found = {}
	for row in rows_of("Kyodo Evaluation Mark", evaluations.SHEET, list(of_sheet), ["item_code", "mark"]):
		if row.mark:
			sheet = of_sheet[row.parent]
			found.setdefault(sheet.evaluation_round, {}).setdefault(row.item_code, {})[sheet.side] = row.mark
	return found


def _averages(items: dict[str, dict[str, int]]) -> dict:
	mean = lambda values: round(sum(values) / len(values), 2) if values else None
	of_side = {side: mean([marks[side] for marks in items.values() if side in marks]) for side in evaluations.SIDES}
	pairs = [marks for marks in items.values() if len(marks) == len(evaluations.SIDES)]
	gap = mean([abs(marks[evaluations.SIDES[0]] - marks[evaluations.SIDES[1]]) for marks in pairs])
	return {"city": of_side["City"], "organisation": of_side["Organisation"], "gap": gap, "items": len(pairs)}


def both_sides(evaluation) -> dict:
	"""Return a round whose sheets are released, largest difference first. The caller has checked the permission to read it.

	marks: [{item, kind, target, actual, city, organisation, gap, talk}]; scale: the highest mark; missing: the side that has not
	evaluated in a round closed one-sided, else None.
	"""
	sheets = frappe.get_all(
		"Kyodo Evaluation Sheet",
		{"evaluation_round": evaluation.name, "released": 1},
		["name", "side", "comment"],
		order_by="side asc",
	)
	sides = {sheet.name: sheet.side for sheet in sheets}
	marks = _marks(sides)
	of_sides = {side: {code: row.mark for (whose, code), row in marks.items() if whose == side} for side in evaluations.SIDES}
	gaps = {gap.item: gap for gap in evaluations.gaps_between(evaluation, of_sides)} if len(sheets) == 2 else {}
	items = [
		frappe._dict(
			{field: row.get(field) for field in ITEM_FIELDS},
			city=marks.get(("City", row.code)) or frappe._dict(),
			organisation=marks.get(("Organisation", row.code)) or frappe._dict(),
			gap=gaps.get(row.code),
		)
		for row in evaluation.items
	]
	fields = (
		*("name", "fiscal_year", "phase", "workflow_state", "dialogue", "committee_view", "outcome"),
		*("public_summary", "plain_summary", "verified_on", "published_on", "one_sided_reason"),
		*("city_agreed_on", "organisation_agreed_on"),
	)
	items.sort(key=lambda row: -(row.gap.size if row.gap else 0))
	return frappe._dict(
		{field: evaluation.get(field) for field in fields},
		marks=items,
		scale=evaluations.highest_mark(evaluation.project),
		comments={sheet.side: sheet.comment for sheet in sheets},
		missing=next((side for side in evaluations.SIDES if side not in sides.values()), None),
	)


def _marks(sides: dict[str, str]) -> dict[tuple[str, str], dict]:
	"""Return {(side, item code): {mark, reason}} of sheets {name: side}."""
	rows = rows_of("Kyodo Evaluation Mark", "Kyodo Evaluation Sheet", list(sides), ["item_code", "mark", "reason"])
	return {(sides[row.parent], row.item_code): row for row in rows}
