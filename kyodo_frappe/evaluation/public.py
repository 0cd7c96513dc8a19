"""Public data of evaluations: published rounds with the marks of both sides."""

import frappe

from kyodo_frappe.common.queries import rows_of
from kyodo_frappe.evaluation import rounds as evaluations

ITEM_FIELDS = ("code", "item", "kind", "baseline", "target", "actual", "achieved", "talk", "talk_by")


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
	gaps = {gap.item: gap for gap in evaluations.gaps_of(evaluation)} if len(sheets) == 2 else {}
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
