"""Reports (実績報告): when they are opened and fall due, handing them in, accepting them (figures: partnership/report_figures.py).

Sources: 鎌倉 2(2)6(2) (within one month of completion; results, money, documents), 補助金交付規則 (額の確定).
A project owes a final report when it is completed, or called off after money was paid; one for each fiscal year that ends
while it runs, where the programme asks for it; and a mid-term look-back where a rule or one of the sides opens it.
"""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, flt, getdate, nowdate

from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.letters import issue as letters
from kyodo_frappe.partnership import expenses, parties, payments, plan_rows
from kyodo_frappe.partnership.report_figures import FINAL, KINDS, MID_TERM, REPORT, YEARLY, follow, years_of
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import deadlines
from kyodo_frappe.programme.versions import Rules, rules_of
from kyodo_frappe.rules.era import era_date, fiscal_year, fiscal_year_range
from kyodo_frappe.rules.era import fiscal_year as year_of
from kyodo_frappe.workflows.guard import by_service, move
from kyodo_frappe.workflows.states import WAITING, WRITING, category_of

MID_TERM_LEAD = 30


# -- opening -------------------------------------------------------------------------------


def prepare_report(project: Document) -> str:
	"""Open the final report that a completed project owes, with its due date by the programme's rule."""
	return _made(project, FINAL, fiscal_year(getdate(project.completed_on)))


def prepare_after_cancelling(project: Document) -> str | None:
	"""A project that is called off owes a report if it was paid money; None if not."""
	if payments.paid(project) <= 0:
		return None
	return _made(project, FINAL, fiscal_year(getdate(nowdate())))


@frappe.whitelist(methods=["POST"])
def open_report(project: str, kind: str, fiscal_year: int) -> str:
	"""Open a report by hand, or find the one there is; either side or the office may. Returns its name.

	Raises PermissionError for others, ValidationError for a final report of a project that still runs, and for a year in
	which the project did not run.
	"""
	doc = parties.opened("Kyodo Project", project)
	parties.voice_of(doc)
	if kind not in KINDS:
		frappe.throw(_("There is no report of the kind “{0}”.").format(kind))
	_check_time(doc, kind, fiscal_year)
	# a project ends once: its year is that of its end, whatever was asked for
	return _made(doc, kind, year_of(getdate(_ended_on(doc))) if kind == FINAL else fiscal_year)


def _check_time(project: Document, kind: str, year: int):
	if kind == FINAL:
		check_over(project)
		return
	if project.workflow_state != "Running":
		frappe.throw(_("This report is written while the project runs; it is in the state {0}.").format(_(project.workflow_state)))
	with translate_rule_errors():
		first, last = fiscal_year_range(year)
	if (project.from_date and getdate(project.from_date) > last) or (project.to_date and getdate(project.to_date) < first):
		frappe.throw(_("The project does not run in this fiscal year."))
	if kind == YEARLY and getdate(nowdate()) <= last:
		frappe.throw(_("The report of a year is written when the year is over, from {0}.").format(era_date(add_days(last, 1))))


def check_over(project: Document):
	"""Raise ValidationError where the final report comes too early."""
	if category_of(project) in (WRITING, WAITING):
		frappe.throw(
			_("The final report comes after the project: it is in the state {0} and has to be completed first.").format(
				_(project.workflow_state)
			)
		)


def open_due(today: datetime.date | str | None = None) -> list[str]:
	"""Open the reports that running projects owe by rule (daily); returns those that are new."""
	today = getdate(today or nowdate())
	return [name for project in _running() for name in (_yearly(project, today), _mid_term(project, today)) if name]


def _running() -> list[dict]:
	return frappe.get_all(
		"Kyodo Project",
		{"workflow_state": "Running"},
		["name", "programme", "programme_version", "from_date", "to_date", "fiscal_year"],
		order_by="name",
	)


def _yearly(project: dict, today: datetime.date) -> str | None:
	"""The report of the fiscal year that has ended last, for a project that goes on after it."""
	year = fiscal_year(today) - 1
	_first, last = fiscal_year_range(year)
	if not rules_of(project).yearly_report:
		return None
	if not project.from_date or getdate(project.from_date) > last or (project.to_date and getdate(project.to_date) <= last):
		return None
	return _new(project.name, YEARLY, year)


def _mid_term(project: dict, today: datetime.date) -> str | None:
	rule = deadlines.rule_of(rules_of(project), deadlines.MID_TERM_REPORT)
	if rule is None or not (rule.yearly or project.from_date):
		return None
	due = deadlines.due(rules_of(project), deadlines.MID_TERM_REPORT, year=fiscal_year(today), event_date=project.from_date)
	within = (not project.from_date or getdate(project.from_date) <= due) and (not project.to_date or due <= getdate(project.to_date))
	if not within or not getdate(add_days(due, -MID_TERM_LEAD)) <= today <= due:
		return None
	return _new(project.name, MID_TERM, fiscal_year(due))


def _new(project: str, kind: str, year: int) -> str | None:
	if _existing(project, kind, year):
		return None
	return _made(frappe.get_doc("Kyodo Project", project), kind, year)


def _existing(project: str, kind: str, year: int, lock: bool = False) -> str | None:
	filters = {"project": project, "report_kind": kind}
	if kind != FINAL:  # there is one end only
		filters["fiscal_year"] = year
	return frappe.db.get_value(REPORT, filters, order_by="creation asc", for_update=lock)


def _made(project: Document, kind: str, year: int) -> str:
	frappe.db.get_value("Kyodo Project", project.name, "name", for_update=True)  # two who open it at once get one
	# a locking read: it sees what another request has committed since this one began
	if existing := _existing(project.name, kind, year, lock=True):
		return existing
	report = frappe.get_doc(
		{
			"doctype": REPORT,
			"project": project.name,
			"report_kind": kind,
			"fiscal_year": year,
			"completed_on": _ended_on(project) if kind == FINAL else None,
			"due_date": _due(project, kind, year),
			"schedule": [{field: row.get(field) for field in ("period", "activity", "side")} for row in project.schedule],
			"indicators": [{field: row.get(field) for field in plan_rows.INDICATOR} for row in project.indicators],
			"income": [] if kind == MID_TERM else [_income(row) for row in project.income],
		}
	)
	with by_service(report):
		# who completes the project, or the daily job, makes it; the report belongs to both sides
		report.insert(ignore_permissions=True)
	# nobody's own yet: otherwise who calls a project off could not accept its report (Frappe asks for the owner)
	report.db_set("owner", "Administrator", update_modified=False)
	return report.name


def _income(row: Document) -> dict:
	return {"category": row.category, "description": row.description, "budget": row.amount}


def _ended_on(project: Document) -> str:
	return project.completed_on or nowdate()


# -- due dates -----------------------------------------------------------------------------


def _due(project: Document, kind: str, year: int) -> datetime.date | None:
	rules = rules_of(project)
	if kind == FINAL:
		day = getdate(_ended_on(project))
		first = _next_due(rules, deadlines.REPORT, day)
		latest = _next_due(rules, deadlines.REPORT_AT_THE_LATEST, day)
		return min(filter(None, (first, latest)), default=None)
	if kind == YEARLY:
		_first, last = fiscal_year_range(year)
		return _next_due(rules, deadlines.YEARLY_REPORT, last) or _next_due(rules, deadlines.REPORT, last)
	rule = deadlines.rule_of(rules, deadlines.MID_TERM_REPORT)
	if rule is None or not (rule.yearly or project.from_date):
		return None
	return deadlines.due(rules, deadlines.MID_TERM_REPORT, year=year, event_date=project.from_date)


def _next_due(rules: Document | Rules, code: str, day: datetime.date) -> datetime.date | None:
	"""When a rule falls due after an event; a rule that comes round every year, the first time from that day on."""
	due = deadlines.due(rules, code, year=fiscal_year(day), event_date=day)
	if due and due < day:
		due = deadlines.due(rules, code, year=fiscal_year(day) + 1, event_date=day)
	return due


# -- handing in, accepting -----------------------------------------------------------------


def check_step(report: Document, action: str):
	"""What a step asks for besides the fields its workflow names. Raises ValidationError."""
	if action != "Submit":
		return
	if report.report_kind == FINAL:
		check_over(frappe.get_doc("Kyodo Project", report.project))
	for row in report.indicators:
		if not flt(row.actual) and not (row.result_note or "").strip():
			frappe.throw(_("“{0}”: please enter a result. If it is really 0, please write a word about it beside.").format(row.indicator))


def handed_in(report: Document):
	"""The final report of a completed project moves the project on."""
	if report.report_kind == FINAL and frappe.db.get_value("Kyodo Project", report.project, "workflow_state") == "Completed":
		move(frappe.get_doc("Kyodo Project", report.project), "Hand Over Report")


def verified(report: Document):
	"""The meeting has verified the final report, and the project with it."""
	if report.report_kind == FINAL and frappe.db.get_value("Kyodo Project", report.project, "workflow_state") == "Reported":
		move(frappe.get_doc("Kyodo Project", report.project), "Verify")


def accepted(report: Document):
	"""The expenses it covers are fixed, and the amount is told by a letter (額の確定)."""
	filters = {"project": report.project}
	if (years := years_of(report)) is not None:
		filters["fiscal_year"] = ["in", sorted(years) or [0]]
	for name in frappe.get_all(expenses.EXPENSE, filters, pluck="name", order_by="name"):
		frappe.db.set_value(expenses.EXPENSE, name, "report", report.name, update_modified=False)
	if report.report_kind == FINAL and flt(report.granted_amount):
		letters.issue_amount(report)
	follow(report.project)  # what a year has settled is no longer there for the final report


def tell_returned(report: Document):
	"""Mail both sides what to correct."""
	parties.tell("Report Returned", report)


@frappe.whitelist(methods=["POST"])
def refuse_line(report: str, line: str, reason: str = "") -> float:
	"""The office does not recognise a settlement line, or (without a reason) does again. Returns what is recognised of it.

	Raises PermissionError for who is not the office or belongs to the organisation, ValidationError for a report that is
	not handed in.
	"""
	require(OFFICER)
	doc = frappe.get_doc(REPORT, report, for_update=True)
	doc.check_permission("write")
	if parties.voice_of(frappe.get_doc("Kyodo Project", doc.project)) != parties.OFFICE:
		frappe.throw(_("You belong to one of the two sides, so a colleague has to look at this line."), frappe.PermissionError)
	if doc.workflow_state != "Submitted":
		frappe.throw(_("Lines are looked at while a report is handed in; this one is in the state {0}.").format(_(doc.workflow_state)))
	row = next((row for row in doc.settlement if row.name == line), None)
	if row is None:
		frappe.throw(_("This row no longer exists. Please open the page again."))
	row.refused = reason.strip() or None
	with by_service(doc):
		doc.save()
	return next(row.recognised for row in doc.settlement if row.name == line)
