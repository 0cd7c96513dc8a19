"""Mutual evaluation: both sides judge the same items without seeing each other's marks (domain.md §4 相互評価, 小平 3(2)③ク
双方で評価を実施).

The section in charge or the office opens a round; the organisation may ask for one. A sheet is visible to its own side
only until both are in, or until the office closes a round that only one side can still answer. The dialogue that
follows is in evaluation/dialogue.py.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, now_datetime

from kyodo_frappe.common import request_json
from kyodo_frappe.common.language import RECORD_LANGUAGE, translate_rule_errors
from kyodo_frappe.evaluation.errors import (
	BothSidesEvaluate,
	CityOpensRound,
	CitySheetMissing,
	IncompleteSheet,
	InvalidMark,
	MarkReasonRequired,
	OwnSideOpensRound,
	ProjectNotRunning,
	RoundExists,
	RoundNotPossible,
	SheetSubmitted,
)
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.partnership import parties
from kyodo_frappe.programme import deadlines
from kyodo_frappe.programme.versions import Rules, rules_of, rules_of_project
from kyodo_frappe.rules.achievement import Achievement, achievement
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.rules.era import fiscal_year as year_of
from kyodo_frappe.rules.gaps import Gap, gaps, reason_required
from kyodo_frappe.workflows.guard import by_service, move
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, WAITING, WRITING, category_of, states

ROUND, SHEET = "Kyodo Evaluation Round", "Kyodo Evaluation Sheet"
SIDES = (parties.CITY, parties.ORGANISATION)
PHASES = ("Mid-term", "Annual", "Final")
EVALUATED_IN = (WAITING, EXAMINED, DECIDED)
DEADLINE_RULE = "Evaluation"


# -- opening -----------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def open_round(project: str, fiscal_year: int, phase: str = "Final") -> str:
	"""Open the evaluation of a project for a year and phase, or find the existing one. Returns its name.

	Raises PermissionError for users outside the section in charge and the office, RoundNotPossible for a year, phase or
	state in which the project is not evaluated.
	"""
	source = _readable_project(project)
	if parties.side_or_office(source) == parties.ORGANISATION:
		frappe.throw(_("The section in charge or the office opens an evaluation. Your organisation may ask for it."), CityOpensRound)
	# of two requests for the same round the second one waits here and finds the round of the first
	frappe.db.get_value("Kyodo Project", project, "name", for_update=True)
	if existing := _existing_round(project, fiscal_year, phase):
		return existing
	evaluation = frappe.get_doc({"doctype": ROUND, "project": project, "fiscal_year": fiscal_year, "phase": phase})
	# sections may not create rounds in general: they open them for their own projects only
	evaluation.insert(ignore_permissions=True)
	return evaluation.name


@frappe.whitelist(methods=["POST"])
def ask_for_round(project: str, fiscal_year: int, phase: str = "Final") -> None:
	"""Ask the section in charge by mail to open an evaluation; only the first request for a year and phase is sent.

	Raises PermissionError for users who do not act for the organisation, RoundNotPossible as in `open_round`.
	"""
	source = _readable_project(project)
	if parties.check_side(source) != parties.ORGANISATION:
		frappe.throw(_("Your side can open the evaluation itself."), OwnSideOpensRound)
	if _existing_round(project, fiscal_year, phase):
		frappe.throw(_("This evaluation is already open."), RoundExists)
	check_round(source, fiscal_year, phase)
	comment_subject = f"kyodo-evaluation-asked:{phase}:{fiscal_year}"
	if frappe.db.exists("Comment", {"reference_doctype": source.doctype, "reference_name": project, "subject": comment_subject}):
		return
	year, phase_text = era_year(fiscal_year), _(phase, lang=RECORD_LANGUAGE)
	text = _("The organisation would like to begin the {0} evaluation of {1}.", lang=RECORD_LANGUAGE).format(phase_text, year)
	source.add_comment("Info", text).db_set("subject", comment_subject)
	parties.notify("Evaluation Asked", source, parties.CITY, year=year, phase=phase_text, link=f"/kyodo/my/projects/{project}/evaluations")


def check_round(project: Document, fiscal_year: int, phase: str):
	"""Raise RoundNotPossible if the project cannot be evaluated for this year and phase."""
	if phase not in PHASES:
		frappe.throw(_("“{0}”: please choose one of the answers.").format(_("Phase")), RoundNotPossible)
	if category_of(project) not in EVALUATED_IN:
		frappe.throw(
			_("An evaluation is opened while a project is running or after it has ended. This project is in the state {0}.").format(
				_(project.workflow_state)
			),
			RoundNotPossible,
		)
	if not parties.organisations_in(project):
		frappe.throw(_("This project has no organisation. A mutual evaluation needs two sides."), RoundNotPossible)
	with translate_rule_errors():
		named = era_year(fiscal_year)
	first = year_of(getdate(project.from_date)) if project.from_date else project.fiscal_year
	days = [getdate(day) for day in (project.to_date, project.completed_on) if day]
	last = max([first, *(year_of(day) for day in days)]) if days else None
	if fiscal_year < first or (last and fiscal_year > last):
		frappe.throw(_("The project did not run in {0}.").format(named), ProjectNotRunning)


def _existing_round(project: str, fiscal_year: int, phase: str) -> str | None:
	filters = {"project": project, "fiscal_year": fiscal_year, "phase": phase}
	# a locking read sees what was committed since this request began
	return frappe.db.get_value(ROUND, filters, "name", for_update=True)


def due_date_for(project: Document, phase: str, today: str | None = None):
	"""Return the next due date by the programme's rule "Evaluation"; None if it has no such rule."""
	rule = deadlines.rule_of(rules_of(project), DEADLINE_RULE)
	if rule is None:
		return None
	today = getdate(today)
	if rule.yearly:
		years = (year_of(today), year_of(today) + 1)
		return next(day for year in years if (day := deadlines.due(rules_of(project), DEADLINE_RULE, year=year)) >= today)
	ended = project.completed_on if phase == "Final" else None
	days = [deadlines.due(rules_of(project), DEADLINE_RULE, event_date=event) for event in (ended, today) if event]
	return next((day for day in days if day >= today), None)


def items_for(project: Document, fiscal_year: int, phase: str = "Final") -> list[dict]:
	"""Return the items of a round: the programme's principles, then the agreed indicators with their results."""
	programme = rules_of(project)
	principles = [{"code": row.code, "kind": "Principle", "item": row.title} for row in programme.principles]
	results = _results(project.name, fiscal_year, phase)
	return principles + [_indicator(f"I{number}", row, results.get(row.indicator)) for number, row in enumerate(project.indicators, 1)]


def _indicator(code: str, agreed: Document, result: Document | None) -> dict:
	item = {
		"code": code,
		"kind": "Indicator",
		"item": agreed.indicator,
		"baseline": _quantity(agreed.baseline, agreed.unit),
		"target": _quantity(agreed.target, agreed.unit),
		"measurement": agreed.measurement,
	}
	return item | _result_fields(agreed, result)


def _result_fields(agreed: Document, result: Document | None) -> dict:
	if result is None:
		return {"actual": None, "achieved": None}
	with translate_rule_errors():
		found = achievement(agreed.baseline, agreed.target, result.actual, agreed.direction or "Higher")
	return {"actual": _quantity(result.actual, agreed.unit), "achieved": _achievement_text(found)}


def _achievement_text(found: Achievement) -> str:
	text = _("Target reached", lang=RECORD_LANGUAGE) if found.reached else _("Target not reached", lang=RECORD_LANGUAGE)
	return text if found.percent is None else f"{found.percent:g}%（{text}）"


def _results(project: str, fiscal_year: int, phase: str) -> dict[str, Document]:
	"""Return {indicator: row} of the report of that year, preferring the one of the round's phase."""
	reports = frappe.get_all(
		"Kyodo Report",
		{"project": project, "fiscal_year": fiscal_year, "workflow_state": ["not in", states("Kyodo Report", WRITING)]},
		["name", "report_kind"],
		order_by="creation desc",
	)
	reports.sort(key=lambda row: row.report_kind != phase)
	return {row.indicator: row for row in frappe.get_doc("Kyodo Report", reports[0].name).indicators} if reports else {}


def _quantity(value, unit: str | None) -> str:
	return f"{flt(value):,.10g}{unit or ''}"


def update_results(report: Document):
	"""Copy the results of a report into the rounds of its year that are not closed yet."""
	filters = {"project": report.project, "fiscal_year": report.fiscal_year, "workflow_state": ["in", states(ROUND, WRITING, WAITING)]}
	for name in frappe.get_all(ROUND, filters, pluck="name", order_by="name"):
		evaluation = frappe.get_doc(ROUND, name, for_update=True)
		project = frappe.get_doc("Kyodo Project", evaluation.project)
		fresh = {row["item"]: row for row in items_for(project, evaluation.fiscal_year, evaluation.phase)}
		for row in evaluation.items:
			if row.kind == "Indicator" and row.item in fresh:
				row.update({field: fresh[row.item][field] for field in ("actual", "achieved")})
		evaluation.flags.ignore_permissions = True  # users who accept reports may not be able to edit rounds
		with by_service(evaluation):
			evaluation.save()


def create_sheets(evaluation: Document):
	"""Create one sheet per side with an empty row for each item, and notify both sides."""
	for side in SIDES:
		sheet = frappe.get_doc(
			{
				"doctype": SHEET,
				"evaluation_round": evaluation.name,
				"side": side,
				"marks": [{"item_code": row.code, "item": row.item} for row in evaluation.items],
			}
		)
		with by_service(sheet):
			# sheets are created with their round only; no role may create them
			sheet.insert(ignore_permissions=True)
	parties.notify("Evaluation Opened", evaluation)


def address_of(evaluation: str) -> str:
	"""Return the address of a round in the portal."""
	return f"/kyodo/my/evaluations/{evaluation}"


# -- marking ------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def submit_sheet(sheet: str, marks: dict | str, comment: str | None = None) -> dict:
	"""Submit the marks of a side: {item code: {"mark": int, "reason": str}}. Returns {"state": of the round}.

	Raises PermissionError for the other side, IncompleteSheet if a mark or a required reason is missing, SheetSubmitted if
	it has been submitted, and ValidationError if the round is no longer open.
	"""
	doc = own_sheet(sheet)
	apply_marks(doc, _parse_marks(marks), doc.comment if comment is None else comment)
	_check_complete(doc)
	doc.submitted_on = now_datetime()
	doc.submitted_by = frappe.session.user
	with by_service(doc):
		doc.save()
	return {"state": _move_if_complete(doc.evaluation_round)}


def own_sheet(sheet: str) -> Document:
	"""Return the sheet of the user's side, locked so that of two submitting at once one is the last.

	Raises PermissionError, SheetSubmitted.
	"""
	doc = parties.get_permitted(SHEET, sheet, "write", lock=True)
	if parties.side_of(frappe.get_doc("Kyodo Project", doc.project)) != doc.side:
		raise frappe.PermissionError
	if doc.submitted_on:
		frappe.throw(_("This evaluation has been submitted and can no longer be changed."), SheetSubmitted)
	return doc


def apply_marks(sheet: Document, answers: dict[str, dict], comment: str | None):
	"""Write {item code: {mark, reason}} into a sheet; values that are not named stay as they are."""
	for row in sheet.marks:
		answer = answers.get(row.item_code) or {}
		row.mark = answer.get("mark", row.mark)
		row.reason = answer.get("reason", row.reason)
	sheet.comment = comment


def _parse_marks(given: dict | str) -> dict[str, dict]:
	answers = request_json.nested_values(given)
	for answer in answers.values():
		mark = answer.get("mark")
		if mark not in (None, "") and (isinstance(mark, bool) or not str(mark).isdecimal() or len(str(mark)) > 9):
			frappe.throw(_("“{0}”: “{1}” is not a number.").format(_("Mark"), str(mark)[:40]), InvalidMark)
		if "mark" in answer:
			answer["mark"] = int(mark or 0)
	return answers


def _check_complete(sheet: Document):
	reason_below = scale_of(sheet)[1]
	for row in sheet.marks:
		if not row.mark:
			frappe.throw(_("“{0}” has no mark yet.").format(row.item), IncompleteSheet)
		if reason_required(row.mark, reason_below) and not (row.reason or "").strip():
			frappe.throw(_("“{0}”: please give a reason for a mark of {1}.").format(row.item, row.mark), MarkReasonRequired)


def scale_of(sheet: Document) -> tuple[int, int]:
	"""Return (highest mark, mark below which a reason is required) by the rules that bind the project."""
	project = frappe.get_cached_value(ROUND, sheet.evaluation_round, "project")
	return highest_mark(project), rules_of_project(project).reason_below or 0


def highest_mark(project: str) -> int:
	"""Return the highest mark by the rules that bind a project."""
	return rules_of_project(project).evaluation_scale or 5


def _move_if_complete(evaluation: str) -> str:
	doc = frappe.get_doc(ROUND, evaluation, for_update=True)
	if len(submitted_sides(evaluation)) < len(SIDES) or doc.workflow_state != "Open":
		return doc.workflow_state
	return move(doc, "Bring Together").workflow_state


def submitted_sides(evaluation: str) -> list[str]:
	"""Return the sides that have submitted; this is all that each side may know of the other."""
	filters = {"evaluation_round": evaluation, "submitted_on": ["is", "set"]}
	return frappe.get_all(SHEET, filters, pluck="side", order_by="side")


# -- released ------------------------------------------------------------------------------


def release_sheets(evaluation: Document):
	"""Release the submitted sheets, once both are in or the round is closed one-sided."""
	filters = {"evaluation_round": evaluation.name, "submitted_on": ["is", "set"], "released": 0}
	for name in frappe.get_all(SHEET, filters, pluck="name", order_by="name"):
		frappe.db.set_value(SHEET, name, "released", 1)


def release_and_notify(evaluation: Document):
	"""Release both sheets and notify both sides."""
	release_sheets(evaluation)
	parties.notify("Evaluation Both In", evaluation)


def gaps_between(evaluation: Document, marks: dict[str, dict]) -> list[Gap]:
	"""Return where the two sides differ, largest difference first. marks: {side: {item code: mark}}, of released sheets."""
	with translate_rule_errors():
		return gaps(
			marks[parties.CITY],
			marks[parties.ORGANISATION],
			[row.code for row in evaluation.items],
			gap_threshold(rules_of_project(evaluation.project)),
		)


def gap_threshold(rules: Document | Rules) -> int:
	"""Return the difference of marks from which on the two sides discuss an item."""
	return rules.talk_gap or 1


def check_one_sided(evaluation: Document):
	"""Raise BothSidesEvaluate unless the organisation is gone and the city has submitted its sheet."""
	project = frappe.get_doc("Kyodo Project", evaluation.project)
	if not all(organisations.is_inactive(name) for name in parties.organisations_in(project)):
		frappe.throw(
			_("Both sides evaluate. A round can be closed with one side only if the organisation has withdrawn or is suspended."),
			BothSidesEvaluate,
		)
	if parties.CITY not in submitted_sides(evaluation.name):
		frappe.throw(_("The city's evaluation has not been submitted. Please submit it first."), CitySheetMissing)


# -- published -----------------------------------------------------------------------------


def mark_as_model_project(evaluation: Document):
	"""Make the project of a published evaluation a model project (モデル事業) if the evaluation proposes it."""
	if not evaluation.propose_model:
		return
	project = frappe.get_doc("Kyodo Project", evaluation.project)
	project.is_model_project = 1
	project.model_reason = evaluation.model_reason
	project.flags.ignore_permissions = True  # publishing an evaluation includes this change of its project
	with by_service(project):
		project.save()


def _readable_project(project: str) -> Document:
	return parties.get_permitted("Kyodo Project", project)
