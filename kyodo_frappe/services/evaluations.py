"""Both sides judge the same items without seeing each other; then they talk about where they differ."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, now_datetime

from kyodo_frappe.rules.gaps import Gap, gaps, reason_required
from kyodo_frappe.services.speech import rules_speak
from kyodo_frappe.workflows.guard import by_service, move

SIDES = ("City", "Organisation")


@frappe.whitelist(methods=["POST"])
def open_round(project: str, fiscal_year: int, phase: str = "Final") -> str:
	"""Open the evaluation of a project (once per year and phase); returns its name."""
	source = frappe.get_doc("Kyodo Project", project)
	source.check_permission("write")
	existing = frappe.db.get_value(
		"Kyodo Evaluation Round", {"project": project, "fiscal_year": fiscal_year, "phase": phase}
	)
	if existing:
		return existing
	evaluation = frappe.get_doc(
		{"doctype": "Kyodo Evaluation Round", "project": project, "fiscal_year": fiscal_year, "phase": phase}
	)
	# the section or the office opens it on the ground of their right to the project
	evaluation.insert(ignore_permissions=True)
	return evaluation.name


def items_for(project: Document, fiscal_year: int) -> list[dict]:
	"""Items of a round: the programme's principles and the project's agreed indicators with target and actual."""
	programme = frappe.get_cached_doc("Kyodo Programme", project.programme)
	items = [{"code": row.code, "kind": "Principle", "item": row.title} for row in programme.principles]
	actuals = _actuals(project.name, fiscal_year)
	for number, row in enumerate(project.indicators, 1):
		items.append(
			{
				"code": f"I{number}",
				"kind": "Indicator",
				"item": row.indicator,
				"target": _amount(row.target, row.unit),
				"actual": _amount(actuals.get(row.indicator, row.actual), row.unit),
			}
		)
	return items


def _actuals(project: str, fiscal_year: int) -> dict[str, float]:
	report = frappe.db.get_value("Kyodo Report", {"project": project, "fiscal_year": fiscal_year})
	if not report:
		return {}
	return {row.indicator: row.actual for row in frappe.get_doc("Kyodo Report", report).indicators}


def _amount(value, unit: str | None) -> str:
	return f"{flt(value):g}{unit or ''}"


def prepare_sheets(evaluation: Document):
	"""One sheet per side, with an empty row for each item."""
	for side in SIDES:
		sheet = frappe.get_doc(
			{
				"doctype": "Kyodo Evaluation Sheet",
				"evaluation_round": evaluation.name,
				"side": side,
				"marks": [{"item_code": row.code, "item": row.item} for row in evaluation.items],
			}
		)
		with by_service(sheet):
			# sheets come into being with their round; nobody has the right to make one by hand
			sheet.insert(ignore_permissions=True)


@frappe.whitelist(methods=["POST"])
def submit_sheet(sheet: str, marks: dict | str, comment: str | None = None) -> dict:
	"""A side hands in its marks: {item code: {"mark": int, "reason": str}}. Returns {"state": of the round}.

	Raises PermissionError for the other side, ValidationError when a mark or a needed reason is missing.
	"""
	doc = frappe.get_doc("Kyodo Evaluation Sheet", sheet)
	doc.check_permission("write")
	if doc.submitted_on:
		frappe.throw(_("This evaluation is handed in and cannot be changed any more."))
	given = frappe.parse_json(marks)
	for row in doc.marks:
		answer = given.get(row.item_code) or {}
		row.mark = answer.get("mark", row.mark)
		row.reason = answer.get("reason", row.reason)
	doc.comment = comment if comment is not None else doc.comment
	_check_complete(doc)
	doc.submitted_on = now_datetime()
	doc.submitted_by = frappe.session.user
	with by_service(doc):
		doc.save()
	return {"state": _bring_together(doc.evaluation_round)}


def _check_complete(sheet: Document):
	programme = frappe.db.get_value("Kyodo Evaluation Round", sheet.evaluation_round, "programme")
	scale, low = frappe.get_cached_value("Kyodo Programme", programme, ["evaluation_scale", "reason_below"])
	for row in sheet.marks:
		if not row.mark:
			frappe.throw(_("“{0}” has no mark yet.").format(row.item))
		if row.mark > scale:
			frappe.throw(_("“{0}”: the highest mark is {1}.").format(row.item, scale))
		if reason_required(row.mark, low) and not (row.reason or "").strip():
			frappe.throw(_("“{0}”: please give a reason for a mark of {1}.").format(row.item, row.mark))


def _bring_together(evaluation: str) -> str:
	waiting = frappe.db.count(
		"Kyodo Evaluation Sheet", {"evaluation_round": evaluation, "submitted_on": ["is", "not set"]}
	)
	doc = frappe.get_doc("Kyodo Evaluation Round", evaluation)
	if waiting or doc.workflow_state != "Open":
		return doc.workflow_state
	return move(doc, "Bring Together").workflow_state


def release_sheets(evaluation: Document):
	"""From the moment both are in, each side reads the other's sheet."""
	for name in frappe.get_all(
		"Kyodo Evaluation Sheet", {"evaluation_round": evaluation.name}, pluck="name", order_by="name"
	):
		frappe.db.set_value("Kyodo Evaluation Sheet", name, "released", 1)


def gaps_of(evaluation: Document) -> list[Gap]:
	"""Where the two sides differ, largest first; empty until both sheets are in."""
	sheets = {
		row.side: frappe.get_doc("Kyodo Evaluation Sheet", row.name)
		for row in frappe.get_all(
			"Kyodo Evaluation Sheet",
			{"evaluation_round": evaluation.name, "released": 1},
			["name", "side"],
			order_by="name",
		)
	}
	if set(sheets) != set(SIDES):
		return []
	marks = {side: {row.item_code: row.mark for row in sheet.marks} for side, sheet in sheets.items()}
	with rules_speak():
		return gaps(marks["City"], marks["Organisation"], [row.code for row in evaluation.items])
