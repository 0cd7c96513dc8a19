"""Both sides judge the same items without seeing each other (domain.md §4 相互評価, 小平 3(2)③ク 双方で評価を実施).

Rounds are opened by the section in charge or the office; the organisation may ask for one. A sheet is its side's own
until both are in, or until the office closes a round that only one side can still answer. What follows then, the talk
about the differences, is in evaluation_talk.py.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, now_datetime

from kyodo_frappe.common import request_json
from kyodo_frappe.common.language import RECORD_LANGUAGE, translate_rule_errors
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
RULE = "Evaluation"


# -- opening -----------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def open_round(project: str, fiscal_year: int, phase: str = "Final") -> str:
	"""Open the evaluation of a project (once per year and phase); returns its name.

	Raises PermissionError for who is neither of the section in charge nor of the office, ValidationError for a year or
	a phase that there is not, and for a project that has not begun or is over.
	"""
	source = _readable(project)
	if parties.voice_of(source) == parties.ORGANISATION:
		frappe.throw(
			_("The section in charge or the office opens an evaluation. Your organisation may ask for it."), frappe.PermissionError
		)
	# one at a time: of two who open the same round the second gets the first one's
	frappe.db.get_value("Kyodo Project", project, "name", for_update=True)
	if existing := _existing(project, fiscal_year, phase):
		return existing
	evaluation = frappe.get_doc({"doctype": ROUND, "project": project, "fiscal_year": fiscal_year, "phase": phase})
	# the section has no right to make rounds by hand: it opens them here, on the ground of its project
	evaluation.insert(ignore_permissions=True)
	return evaluation.name


@frappe.whitelist(methods=["POST"])
def ask_for_round(project: str, fiscal_year: int, phase: str = "Final") -> None:
	"""The organisation asks the section for an evaluation; once for a year and phase, and by mail.

	Raises PermissionError for who does not write for the organisation, ValidationError as `open_round`.
	"""
	source = _readable(project)
	if parties.check_side(source) != parties.ORGANISATION:
		frappe.throw(_("Your side may open the evaluation itself."))
	if _existing(project, fiscal_year, phase):
		frappe.throw(_("This evaluation is open already."))
	check_round(source, fiscal_year, phase)
	mark = f"kyodo-evaluation-asked:{phase}:{fiscal_year}"
	if frappe.db.exists("Comment", {"reference_doctype": source.doctype, "reference_name": project, "subject": mark}):
		return
	year, word = era_year(fiscal_year), _(phase, lang=RECORD_LANGUAGE)
	line = _("The organisation would like to begin the {0} evaluation of {1}.", lang=RECORD_LANGUAGE).format(word, year)
	source.add_comment("Info", line).db_set("subject", mark)
	parties.tell("Evaluation Asked", source, parties.CITY, year=year, phase=word, link=f"/kyodo/my/projects/{project}/evaluations")


def check_round(project: Document, fiscal_year: int, phase: str):
	"""Raise ValidationError for a round that this project cannot have."""
	if phase not in PHASES:
		frappe.throw(_("“{0}”: please choose one of the answers.").format(_("Phase")))
	if category_of(project) not in EVALUATED_IN:
		frappe.throw(
			_("An evaluation is opened while a project runs or after it: this one is in the state {0}.").format(_(project.workflow_state))
		)
	if not parties.organisations_in(project):
		frappe.throw(_("This project has no organisation, and a mutual evaluation takes two sides."))
	with translate_rule_errors():
		named = era_year(fiscal_year)
	first = year_of(getdate(project.from_date)) if project.from_date else project.fiscal_year
	days = [getdate(day) for day in (project.to_date, project.completed_on) if day]
	last = max([first, *(year_of(day) for day in days)]) if days else None
	if fiscal_year < first or (last and fiscal_year > last):
		frappe.throw(_("The project did not run in {0}.").format(named))


def _existing(project: str, fiscal_year: int, phase: str) -> str | None:
	wanted = {"project": project, "fiscal_year": fiscal_year, "phase": phase}
	# a locking read: it sees what another request has committed since this one began
	return frappe.db.get_value(ROUND, wanted, "name", for_update=True)


def begin(evaluation: Document):
	"""What a new round starts with: items, and the day by the programme's rule. Raises ValidationError."""
	project = frappe.get_doc("Kyodo Project", evaluation.project)
	check_round(project, evaluation.fiscal_year, evaluation.phase)
	# what both sides judge is what they have agreed, whatever a request brings
	evaluation.set("items", items_for(project, evaluation.fiscal_year, evaluation.phase))
	if not evaluation.items:
		frappe.throw(_("There is nothing to judge: neither the programme has principles nor the project evaluation items."))
	evaluation.due_date = due_on(project, evaluation.phase)


def due_on(project: Document, phase: str, today: str | None = None):
	"""The first day that the programme's rule "Evaluation" gives from today on; None where it has no such rule."""
	rule = deadlines.rule_of(rules_of(project), RULE)
	if rule is None:
		return None
	today = getdate(today)
	if rule.yearly:
		years = (year_of(today), year_of(today) + 1)
		return next(day for year in years if (day := deadlines.due(rules_of(project), RULE, year=year)) >= today)
	ended = project.completed_on if phase == "Final" else None
	days = [deadlines.due(rules_of(project), RULE, event_date=event) for event in (ended, today) if event]
	return next((day for day in days if day >= today), None)


def items_for(project: Document, fiscal_year: int, phase: str = "Final") -> list[dict]:
	"""Items of a round: the programme's principles, then the project's agreed indicators with what was reached."""
	programme = rules_of(project)
	principles = [{"code": row.code, "kind": "Principle", "item": row.title} for row in programme.principles]
	results = _results(project.name, fiscal_year, phase)
	return principles + [_indicator(f"I{number}", row, results.get(row.indicator)) for number, row in enumerate(project.indicators, 1)]


def _indicator(code: str, agreed: Document, result: Document | None) -> dict:
	item = {
		"code": code,
		"kind": "Indicator",
		"item": agreed.indicator,
		"baseline": _amount(agreed.baseline, agreed.unit),
		"target": _amount(agreed.target, agreed.unit),
		"measurement": agreed.measurement,
	}
	return item | _reached(agreed, result)


def _reached(agreed: Document, result: Document | None) -> dict:
	if result is None:
		return {"actual": None, "achieved": None}
	with translate_rule_errors():
		found = achievement(agreed.baseline, agreed.target, result.actual, agreed.direction or "Higher")
	return {"actual": _amount(result.actual, agreed.unit), "achieved": _achieved(found)}


def _achieved(found: Achievement) -> str:
	word = _("Target reached", lang=RECORD_LANGUAGE) if found.reached else _("Target not reached", lang=RECORD_LANGUAGE)
	return word if found.percent is None else f"{found.percent:g}%（{word}）"


def _results(project: str, fiscal_year: int, phase: str) -> dict[str, Document]:
	"""{indicator: its row} of the report handed in for that year, of the round's own kind where there are several."""
	reports = frappe.get_all(
		"Kyodo Report",
		{"project": project, "fiscal_year": fiscal_year, "workflow_state": ["not in", states("Kyodo Report", WRITING)]},
		["name", "report_kind"],
		order_by="creation desc",
	)
	reports.sort(key=lambda row: row.report_kind != phase)
	return {row.indicator: row for row in frappe.get_doc("Kyodo Report", reports[0].name).indicators} if reports else {}


def _amount(value, unit: str | None) -> str:
	return f"{flt(value):,.10g}{unit or ''}"


def take_results(report: Document):
	"""Put what a report says was reached into the rounds of its year that nobody has closed yet."""
	wanted = {"project": report.project, "fiscal_year": report.fiscal_year, "workflow_state": ["in", states(ROUND, WRITING, WAITING)]}
	for name in frappe.get_all(ROUND, wanted, pluck="name", order_by="name"):
		evaluation = frappe.get_doc(ROUND, name, for_update=True)
		project = frappe.get_doc("Kyodo Project", evaluation.project)
		fresh = {row["item"]: row for row in items_for(project, evaluation.fiscal_year, evaluation.phase)}
		for row in evaluation.items:
			if row.kind == "Indicator" and row.item in fresh:
				row.update({field: fresh[row.item][field] for field in ("actual", "achieved")})
		evaluation.flags.ignore_permissions = True  # whoever the report is accepted by, its figures belong into the round
		with by_service(evaluation):
			evaluation.save()


def prepare_sheets(evaluation: Document):
	"""One sheet per side, with an empty row for each item, and word of it to both sides."""
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
			# sheets come into being with their round; nobody has the right to make one by hand
			sheet.insert(ignore_permissions=True)
	parties.tell("Evaluation Opened", evaluation)


def address_of(evaluation: str) -> str:
	return f"/kyodo/my/evaluations/{evaluation}"


# -- marking ------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def submit_sheet(sheet: str, marks: dict | str, comment: str | None = None) -> dict:
	"""A side hands in its marks: {item code: {"mark": int, "reason": str}}. Returns {"state": of the round}.

	Raises PermissionError for the other side, ValidationError when a mark or a needed reason is missing, or the
	round is not open any more.
	"""
	doc = own_sheet(sheet)
	put(doc, _answers(marks), doc.comment if comment is None else comment)
	_check_complete(doc)
	doc.submitted_on = now_datetime()
	doc.submitted_by = frappe.session.user
	with by_service(doc):
		doc.save()
	return {"state": _bring_together(doc.evaluation_round)}


def own_sheet(sheet: str) -> Document:
	"""One's own side's sheet, to be written, as nobody else writes in this evaluation: of two who hand in at once one is the
	last. Raises PermissionError, ValidationError."""
	doc = parties.opened(SHEET, sheet, "write", lock=True)
	if parties.side_of(frappe.get_doc("Kyodo Project", doc.project)) != doc.side:
		raise frappe.PermissionError
	if doc.submitted_on:
		frappe.throw(_("This evaluation is handed in and cannot be changed any more."))
	return doc


def put(sheet: Document, answers: dict[str, dict], comment: str | None):
	"""Write marks and reasons into a sheet, item by item; what is not named stays."""
	for row in sheet.marks:
		answer = answers.get(row.item_code) or {}
		row.mark = answer.get("mark", row.mark)
		row.reason = answer.get("reason", row.reason)
	sheet.comment = comment


def _answers(given: dict | str) -> dict[str, dict]:
	answers = request_json.nested_values(given)
	for answer in answers.values():
		mark = answer.get("mark")
		if mark not in (None, "") and (isinstance(mark, bool) or not str(mark).isdecimal() or len(str(mark)) > 9):
			frappe.throw(_("“{0}”: “{1}” is not a number.").format(_("Mark"), str(mark)[:40]))
		if "mark" in answer:
			answer["mark"] = int(mark or 0)
	return answers


def check_marks(sheet: Document):
	"""What is true of every sheet, also before it is handed in: the round's items and the programme's scale."""
	before = sheet.get_doc_before_save()
	if before and [row.item_code for row in before.marks] != [row.item_code for row in sheet.marks]:
		frappe.throw(_("The items of an evaluation are fixed. Please reload the page."))
	scale = _scale(sheet)[0]
	for row in sheet.marks:
		if not 0 <= (row.mark or 0) <= scale:
			frappe.throw(_("“{0}”: the highest mark is {1}.").format(row.item, scale))


def _check_complete(sheet: Document):
	low = _scale(sheet)[1]
	for row in sheet.marks:
		if not row.mark:
			frappe.throw(_("“{0}” has no mark yet.").format(row.item))
		if reason_required(row.mark, low) and not (row.reason or "").strip():
			frappe.throw(_("“{0}”: please give a reason for a mark of {1}.").format(row.item, row.mark))


def _scale(sheet: Document) -> tuple[int, int]:
	rules = rules_of_project(frappe.get_cached_value(ROUND, sheet.evaluation_round, "project"))
	return rules.evaluation_scale or 5, rules.reason_below or 0


def _bring_together(evaluation: str) -> str:
	doc = frappe.get_doc(ROUND, evaluation, for_update=True)
	if len(sides_in(evaluation)) < len(SIDES) or doc.workflow_state != "Open":
		return doc.workflow_state
	return move(doc, "Bring Together").workflow_state


def sides_in(evaluation: str) -> list[str]:
	"""The sides that have handed in: that much each may know of the other."""
	wanted = {"evaluation_round": evaluation, "submitted_on": ["is", "set"]}
	return frappe.get_all(SHEET, wanted, pluck="side", order_by="side")


# -- released ------------------------------------------------------------------------------


def release_sheets(evaluation: Document):
	"""From the moment both are in (or a round is closed one-sided), each side reads what was handed in."""
	wanted = {"evaluation_round": evaluation.name, "submitted_on": ["is", "set"], "released": 0}
	for name in frappe.get_all(SHEET, wanted, pluck="name", order_by="name"):
		frappe.db.set_value(SHEET, name, "released", 1)


def both_in(evaluation: Document):
	"""Both have handed in: each reads the other's, and is told so."""
	release_sheets(evaluation)
	parties.tell("Evaluation Both In", evaluation)


def gaps_of(evaluation: Document) -> list[Gap]:
	"""Where the two sides differ, largest first; empty until both sheets are in."""
	sheets = {
		row.side: frappe.get_doc(SHEET, row.name)
		for row in frappe.get_all(SHEET, {"evaluation_round": evaluation.name, "released": 1}, ["name", "side"], order_by="name")
	}
	if set(sheets) != set(SIDES):
		return []
	marks = {side: {row.item_code: row.mark for row in sheet.marks} for side, sheet in sheets.items()}
	with translate_rule_errors():
		return gaps(
			marks[parties.CITY],
			marks[parties.ORGANISATION],
			[row.code for row in evaluation.items],
			talk_gap(rules_of_project(evaluation.project)),
		)


def talk_gap(rules: Document | Rules) -> int:
	"""From which difference on the two sides talk about an item."""
	return rules.talk_gap or 1


def check_one_sided(evaluation: Document):
	"""Raise ValidationError unless the organisation is gone and the city has handed in: otherwise both judge."""
	project = frappe.get_doc("Kyodo Project", evaluation.project)
	if not all(organisations.gone(name) for name in parties.organisations_in(project)):
		frappe.throw(_("Both sides evaluate. A round is closed with one side only when the organisation has withdrawn or is suspended."))
	if parties.CITY not in sides_in(evaluation.name):
		frappe.throw(_("The city's evaluation is not in yet: please hand it in first."))


# -- published -----------------------------------------------------------------------------


def name_model(evaluation: Document):
	"""A published evaluation that proposes it makes its project a model for others (モデル事業)."""
	if not evaluation.propose_model:
		return
	project = frappe.get_doc("Kyodo Project", evaluation.project)
	project.is_model_project = 1
	project.model_reason = evaluation.model_reason
	project.flags.ignore_permissions = True  # the office publishes what the meeting has verified
	with by_service(project):
		project.save()


def _readable(project: str) -> Document:
	return parties.opened("Kyodo Project", project)
