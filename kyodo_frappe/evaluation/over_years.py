"""The evaluations of a project over its years: every item with both sides' marks, every indicator with what was reached.

Read with the rights of whoever asks; the public page asks for published rounds only.
"""

import frappe
from frappe import _

from kyodo_frappe.evaluation.rounds import ROUND, SHEET, SIDES
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.states import WRITING, states

MOST = 40
FIELDS = ("name", "fiscal_year", "phase", "workflow_state", "outcome", "one_sided_reason")


@frappe.whitelist(methods=["GET", "POST"])
def comparison(project: str) -> dict:
	"""{"rounds", "rows"} of the rounds whose sheets are released and that the reader may open.

	rounds: [{name, fiscal_year, phase, …}], the oldest first. rows: [{item, kind, cells}]; a cell for each round, None
	where the round has no such item: {city, organisation, gap, baseline, target, actual, achieved}.
	"""
	rounds = frappe.get_list(
		ROUND,
		{"project": project, "workflow_state": ["not in", states(ROUND, WRITING)]},
		FIELDS,
		order_by="fiscal_year asc, creation asc",
		limit_page_length=MOST,
	)
	return compared(rounds)


def published(project: str) -> dict:
	"""As `comparison`, of published rounds, for everybody; the caller has seen that the project is public."""
	return compared(
		frappe.get_all(
			ROUND,
			{"project": project, "workflow_state": "Published"},
			FIELDS,
			order_by="fiscal_year asc, creation asc",
			limit=MOST,
		)
	)


def compared(rounds: list[dict]) -> dict:
	names = [row.name for row in rounds]
	if not names:
		return frappe._dict(rounds=[], rows=[])
	marks = marks_of(names)
	found = {}
	for item in frappe.get_all(
		"Kyodo Evaluation Item",
		{"parenttype": ROUND, "parent": ["in", names]},
		["parent", "code", "kind", "item", "baseline", "target", "actual", "achieved"],
		order_by="idx",
	):
		# an indicator keeps its name over the years, not its number
		key = (item.kind, item.code if item.kind == "Principle" else item.item)
		row = found.setdefault(key, frappe._dict(item=item.item, kind=item.kind, cells=[None] * len(names)))
		row.cells[names.index(item.parent)] = _cell(item, marks.get((item.parent, item.code), {}))
	rows = sorted(found.values(), key=lambda row: row.kind != "Principle")
	return frappe._dict(rounds=rounds, rows=rows)


def _cell(item: dict, marks: dict[str, int]) -> dict:
	city, organisation = (marks.get(side) for side in SIDES)
	gap = abs(city - organisation) if city and organisation else None
	told = {field: item.get(field) for field in ("baseline", "target", "actual", "achieved")}
	return frappe._dict(city=city, organisation=organisation, gap=gap, **told)


def marks_of(rounds: list[str]) -> dict[tuple[str, str], dict[str, int]]:
	"""{(round, item code): {side: mark}} of released sheets."""
	sheet, mark = frappe.qb.DocType(SHEET), frappe.qb.DocType("Kyodo Evaluation Mark")
	rows = (
		frappe.qb.from_(mark)
		.join(sheet)
		.on((mark.parent == sheet.name) & (mark.parenttype == SHEET))
		.select(sheet.evaluation_round, sheet.side, mark.item_code, mark.mark)
		.where((sheet.released == 1) & sheet.evaluation_round.isin(rounds))
		.orderby(mark.name)
		.run(as_dict=True)
	)
	found = {}
	for row in rows:
		found.setdefault((row.evaluation_round, row.item_code), {})[row.side] = row.mark
	return found


def table(filters: dict | None = None) -> dict:
	"""{"columns", "rows"} of the script report; filter: project. Raises PermissionError for a project that is not open."""
	project = (filters or {}).get("project")
	if not project:
		return {"columns": [], "rows": []}
	frappe.get_doc("Kyodo Project", project).check_permission("read")
	found = comparison(project)
	columns = [{"fieldname": "item", "label": _("Item"), "fieldtype": "Data", "width": 220}]
	for number, row in enumerate(found.rounds):
		title = f"{era_year(row.fiscal_year)} {_(row.phase)}"
		for field, label in (("city", _("City side")), ("organisation", _("Organisation side")), ("gap", _("Difference"))):
			columns.append(_column(f"{field}_{number}", f"{title} {label}", 110))
		columns.append(_column(f"reached_{number}", f"{title} {_('Target and Result')}", 180))
	return {"columns": columns, "rows": [_line(row) for row in found.rows]}


def _column(fieldname: str, label: str, width: int) -> dict:
	# Data, not Int: Frappe shows an empty number as 0, and no mark is no zero
	return {"fieldname": fieldname, "label": label, "fieldtype": "Data", "width": width, "align": "right"}


def _line(row: dict) -> dict:
	line = {"item": row.item}
	for number, cell in enumerate(row.cells):
		cell = cell or frappe._dict()
		line |= {f"{field}_{number}": cell.get(field) for field in ("city", "organisation", "gap")}
		line[f"reached_{number}"] = reached(cell)
	return line


def reached(cell: dict) -> str | None:
	"""Target, result and how much of it, in one line."""
	if not cell.get("target"):
		return None
	text = _("Target {0}, result {1}").format(cell.target, cell.actual or "－")
	return f"{text} {cell.achieved}" if cell.achieved else text
