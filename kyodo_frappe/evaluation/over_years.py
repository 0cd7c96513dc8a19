"""The evaluations of a project over the years: marks of both sides for every item, results of every indicator.

Loaded with the permissions of the user; the public page shows published rounds only.
"""

import frappe
from frappe import _

from kyodo_frappe.evaluation.rounds import ROUND, SHEET, SIDES
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.states import WRITING, states

MAX_ROUNDS = 40
FIELDS = ("name", "fiscal_year", "phase", "workflow_state", "outcome", "one_sided_reason")


@frappe.whitelist(methods=["GET", "POST"])
def comparison(project: str) -> dict:
	"""Return {"rounds", "rows"} of the released rounds that the user may read.

	rounds: [{name, fiscal_year, phase, …}], the oldest first. rows: [{item, kind, cells}] with one cell per round: {city,
	organisation, gap, baseline, target, actual, achieved}, or None if the round has no such item.
	"""
	rounds = frappe.get_list(
		ROUND,
		{"project": project, "workflow_state": ["not in", states(ROUND, WRITING)]},
		FIELDS,
		order_by="fiscal_year asc, creation asc",
		limit_page_length=MAX_ROUNDS,
	)
	return compare_rounds(rounds)


def published(project: str) -> dict:
	"""Return the same as `comparison` for published rounds. The caller has checked that the project is public."""
	return compare_rounds(
		frappe.get_all(
			ROUND,
			{"project": project, "workflow_state": "Published"},
			FIELDS,
			order_by="fiscal_year asc, creation asc",
			limit=MAX_ROUNDS,
		)
	)


def compare_rounds(rounds: list[dict]) -> dict:
	"""Return {"rounds", "rows"} as in `comparison` for the given rounds, without checking permissions."""
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
		# the name of an indicator stays the same over the years, its code does not
		key = (item.kind, item.code if item.kind == "Principle" else item.item)
		row = found.setdefault(key, frappe._dict(item=item.item, kind=item.kind, cells=[None] * len(names)))
		row.cells[names.index(item.parent)] = _cell(item, marks.get((item.parent, item.code), {}))
	rows = sorted(found.values(), key=lambda row: row.kind != "Principle")
	return frappe._dict(rounds=rounds, rows=rows)


def _cell(item: dict, marks: dict[str, int]) -> dict:
	city, organisation = (marks.get(side) for side in SIDES)
	gap = abs(city - organisation) if city and organisation else None
	figures = {field: item.get(field) for field in ("baseline", "target", "actual", "achieved")}
	return frappe._dict(city=city, organisation=organisation, gap=gap, **figures)


def marks_of(rounds: list[str]) -> dict[tuple[str, str], dict[str, int]]:
	"""Return {(round, item code): {side: mark}} of released sheets."""
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


def report_table(filters: dict | None = None) -> dict:
	"""Return {"columns", "rows"} of the script report. filters: project. Raises PermissionError if the user may not read it."""
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
	return {"columns": columns, "rows": [_report_row(row) for row in found.rows]}


def _column(fieldname: str, label: str, width: int) -> dict:
	# Data, not Int: Frappe shows an empty number as 0, but a missing mark is not 0
	return {"fieldname": fieldname, "label": label, "fieldtype": "Data", "width": width, "align": "right"}


def _report_row(row: dict) -> dict:
	line = {"item": row.item}
	for number, cell in enumerate(row.cells):
		cell = cell or frappe._dict()
		line |= {f"{field}_{number}": cell.get(field) for field in ("city", "organisation", "gap")}
		line[f"reached_{number}"] = result_text(cell)
	return line


def result_text(cell: dict) -> str | None:
	"""Return target, result and degree of achievement in one line; None without a target."""
	if not cell.get("target"):
		return None
	text = _("Target {0}, result {1}").format(cell.target, cell.actual or "－")
	return f"{text} {cell.achieved}" if cell.achieved else text
