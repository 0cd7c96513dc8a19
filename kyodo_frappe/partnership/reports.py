"""Reports (実績報告): when they are opened and due, what follows when they are submitted, accepted and verified.

Sources: 鎌倉 2(2)6(2) (within one month of completion; results, money, documents), 補助金交付規則 (額の確定).
A project owes a final report when it is completed, or called off after payments; an annual report for each fiscal year that
ends while it runs, where the programme requires it; and a mid-term report where a rule or a side opens it.
The figures: `partnership/report_figures.py`.
"""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, flt, getdate, nowdate

from kyodo_frappe.common import corrections
from kyodo_frappe.common.errors import InvalidChoice, RowMissing
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.letters import issue as letters
from kyodo_frappe.partnership import expenses, parties, payments, plan_rows, project_years, report_documents
from kyodo_frappe.partnership.errors import InvalidProjectDates, NotSubmitted, OfficeOnly, ProjectNotActive, ResultMissing
from kyodo_frappe.partnership.report_figures import FINAL, KINDS, MID_TERM, REPORT, YEARLY, update_open_reports, years_of
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import deadlines, years
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.rules.era import era_date, fiscal_year, fiscal_year_range
from kyodo_frappe.rules.era import fiscal_year as year_of
from kyodo_frappe.workflows.guard import by_service, move
from kyodo_frappe.workflows.states import WAITING, WRITING, category_of

MID_TERM_LEAD = 30


# -- opening -------------------------------------------------------------------------------


def open_final_report(project: Document) -> str:
	"""Open the final report of a completed project; returns its name."""
	return _open(project, FINAL, fiscal_year(getdate(project.completed_on)))


def open_report_after_cancelling(project: Document) -> str | None:
	"""Open the final report of a project that was called off after payments; None without payments."""
	if payments.paid_amount(project) <= 0:
		return None
	return _open(project, FINAL, fiscal_year(getdate(nowdate())))


@frappe.whitelist(methods=["POST"])
def open_report(project: str, kind: str, fiscal_year: int) -> str:
	"""Open a report, or find the existing one; either side or the office may. Returns its name.

	Raises NotYourSide, ProjectNotActive, InvalidProjectDates, ValidationError for an unknown kind.
	"""
	doc = parties.get_permitted("Kyodo Project", project)
	parties.side_or_office(doc)
	if kind not in KINDS:
		frappe.throw(_("There is no kind of report called “{0}”.").format(kind), InvalidChoice)
	_check_period(doc, kind, fiscal_year)
	# the final report belongs to the year in which the project ended, whatever was requested
	return _open(doc, kind, year_of(getdate(_end_date(doc))) if kind == FINAL else fiscal_year)


def _check_period(project: Document, kind: str, year: int):
	if kind == FINAL:
		check_project_over(project)
		return
	if project.workflow_state != "Running":
		frappe.throw(
			_("This report can be written only while the project is running. It is in the state {0}.").format(_(project.workflow_state)),
			exc=ProjectNotActive,
		)
	with translate_rule_errors():
		first, last = fiscal_year_range(year)
	if (project.from_date and getdate(project.from_date) > last) or (project.to_date and getdate(project.to_date) < first):
		frappe.throw(_("This fiscal year is outside the term of the project."), exc=InvalidProjectDates)
	if kind == YEARLY and getdate(nowdate()) <= last:
		frappe.throw(
			_("The report of a fiscal year can be written after the year has ended, from {0}.").format(era_date(add_days(last, 1))),
			exc=InvalidProjectDates,
		)


def check_project_over(project: Document):
	"""Raise ProjectNotActive if it is too early for the final report."""
	if category_of(project) in (WRITING, WAITING):
		frappe.throw(
			_("The final report follows the completion of the project. It is in the state {0} and has to be completed first.").format(
				_(project.workflow_state)
			),
			exc=ProjectNotActive,
		)


def open_due(today: datetime.date | str | None = None) -> list[str]:
	"""Open the reports that running projects owe by rule (daily). Returns the names of new ones."""
	today = getdate(today or nowdate())
	return [name for project in _running_projects() for name in (_open_yearly(project, today), _open_mid_term(project, today)) if name]


def _running_projects() -> list[dict]:
	return frappe.get_all(
		"Kyodo Project",
		{"workflow_state": "Running"},
		["name", "programme", "programme_version", "from_date", "to_date", "fiscal_year"],
		order_by="name",
	)


def _has_years(project: str) -> bool:
	"""Whether each year of a project has an amount, which the report of that year settles."""
	return bool(frappe.db.exists("Kyodo Yearly Amount", {"parenttype": "Kyodo Project", "parent": project}))


def _open_yearly(project: dict, today: datetime.date) -> str | None:
	"""Open the report of the last fiscal year, if the project continues after it."""
	year = fiscal_year(today) - 1
	_first, last = fiscal_year_range(year)
	if not rules_of(project).yearly_report and not _has_years(project.name):
		return None
	if not project.from_date or getdate(project.from_date) > last or (project.to_date and getdate(project.to_date) <= last):
		return None
	return _open_if_missing(project.name, YEARLY, year)


def _open_mid_term(project: dict, today: datetime.date) -> str | None:
	rule = deadlines.rule_of(rules_of(project), deadlines.MID_TERM_REPORT)
	if rule is None or not (rule.yearly or project.from_date):
		return None
	due = deadlines.due(rules_of(project), deadlines.MID_TERM_REPORT, year=fiscal_year(today), event_date=project.from_date)
	within = (not project.from_date or getdate(project.from_date) <= due) and (not project.to_date or due <= getdate(project.to_date))
	if not within or not getdate(add_days(due, -MID_TERM_LEAD)) <= today <= due:
		return None
	return _open_if_missing(project.name, MID_TERM, fiscal_year(due))


def _open_if_missing(project: str, kind: str, year: int) -> str | None:
	if _existing(project, kind, year):
		return None
	return _open(frappe.get_doc("Kyodo Project", project), kind, year)


def _existing(project: str, kind: str, year: int, lock: bool = False) -> str | None:
	filters = {"project": project, "report_kind": kind}
	if kind != FINAL:
		filters["fiscal_year"] = year
	return frappe.db.get_value(REPORT, filters, order_by="creation asc", for_update=lock)


def _open(project: Document, kind: str, year: int) -> str:
	frappe.db.get_value(
		"Kyodo Project", project.name, "name", for_update=True
	)  # of two requests at once, the second finds the first one's report
	# a locking read sees what other requests have committed meanwhile
	if existing := _existing(project.name, kind, year, lock=True):
		return existing
	report = frappe.get_doc(
		{
			"doctype": REPORT,
			"project": project.name,
			"report_kind": kind,
			"fiscal_year": year,
			"completed_on": _end_date(project) if kind == FINAL else None,
			"due_date": _due_date(project, kind, year),
			"schedule": [{field: row.get(field) for field in ("period", "activity", "side")} for row in project.schedule],
			"indicators": [{field: row.get(field) for field in plan_rows.INDICATOR} for row in project.indicators],
			"income": [] if kind == MID_TERM else [_income_row(row) for row in _income(project, kind, year)],
		}
	)
	with by_service(report):
		# opened by whoever completes the project, or by the daily job
		report.insert(ignore_permissions=True)
	# Frappe bars owners from approving, which would bar whoever called the project off
	report.db_set("owner", "Administrator", update_modified=False)
	return report.name


def _income(project: Document, kind: str, year: int) -> list[Document]:
	"""The planned income of the years that a report covers."""
	if not project.get(years.ROWS):
		return project.income
	covered = project_years.covered_by(project, frappe._dict(report_kind=kind, fiscal_year=year))
	numbers = {project_years.number_of(project, one) for one in covered}
	return [row for row in project.income if (row.year_number or 1) in numbers]


def _income_row(row: Document) -> dict:
	return {"category": row.category, "description": row.description, "budget": row.amount}


def _end_date(project: Document) -> str:
	return project.completed_on or nowdate()


# -- due dates -----------------------------------------------------------------------------


def _due_date(project: Document, kind: str, year: int) -> datetime.date | None:
	rules = rules_of(project)
	if kind == FINAL:
		day = getdate(_end_date(project))
		first = deadlines.next_due(rules, deadlines.REPORT, day)
		latest = deadlines.next_due(rules, deadlines.REPORT_AT_THE_LATEST, day)
		return min(filter(None, (first, latest)), default=None)
	if kind == YEARLY:
		_first, last = fiscal_year_range(year)
		return deadlines.next_due(rules, deadlines.YEARLY_REPORT, last) or deadlines.next_due(rules, deadlines.REPORT, last)
	rule = deadlines.rule_of(rules, deadlines.MID_TERM_REPORT)
	if rule is None or not (rule.yearly or project.from_date):
		return None
	return deadlines.due(rules, deadlines.MID_TERM_REPORT, year=year, event_date=project.from_date)


# -- submitting and accepting -----------------------------------------------------------------


def check_step(report: Document, action: str):
	"""Check what a step requires beyond the fields that its workflow names. Raises ProjectNotActive, ReportDocumentsMissing, ResultMissing."""
	if action != "Submit":
		return
	if report.report_kind == FINAL:
		check_project_over(frappe.get_doc("Kyodo Project", report.project))
	report_documents.check(report)
	for row in report.indicators:
		if not flt(row.actual) and not (row.result_note or "").strip():
			frappe.throw(
				_("“{0}”: please enter a result. If it is 0, please explain it in the next column.").format(row.indicator),
				exc=ResultMissing,
			)


def on_submit_report(report: Document):
	"""Move a completed project on when its final report is submitted."""
	if report.report_kind == FINAL and frappe.db.get_value("Kyodo Project", report.project, "workflow_state") == "Completed":
		move(frappe.get_doc("Kyodo Project", report.project), "Hand Over Report")


def on_verify_report(report: Document):
	"""Move the project on when a meeting has verified its final report."""
	if report.report_kind == FINAL and frappe.db.get_value("Kyodo Project", report.project, "workflow_state") == "Reported":
		move(frappe.get_doc("Kyodo Project", report.project), "Verify")


def on_accept_report(report: Document):
	"""Fix the expenses that the report covers, issue the letter on the amount (額の確定), and update open reports."""
	filters = {"project": report.project}
	if (years := years_of(report)) is not None:
		filters["fiscal_year"] = ["in", sorted(years) or [0]]
	for name in frappe.get_all(expenses.EXPENSE, filters, pluck="name", order_by="name"):
		frappe.db.set_value(expenses.EXPENSE, name, "report", report.name, update_modified=False)
	if report.report_kind == FINAL and flt(report.granted_amount):
		letters.issue_amount(report)
	update_open_reports(report.project)  # the final report can no longer settle what this one has


def notify_returned(report: Document):
	"""Notify both sides of what to correct."""
	parties.notify("Report Returned", report, corrections=corrections.as_lines(report))


@frappe.whitelist(methods=["POST"])
def refuse_line(report: str, line: str, reason: str = "", at_most: int | float | str = 0) -> float:
	"""Refuse a settlement line, or recognise `at_most` yen of it, or without a reason all of it, also without a voucher; office only.
	Returns the yen recognised of it.

	Raises PermissionError, OfficeOnly, NotSubmitted, InvalidExpense for more than was spent, ValidationError for a missing line.
	"""
	require(OFFICER)
	doc = frappe.get_doc(REPORT, report, for_update=True)
	doc.check_permission("write")
	if parties.side_or_office(frappe.get_doc("Kyodo Project", doc.project)) != parties.OFFICE:
		frappe.throw(_("You belong to one of the two sides, so a colleague has to check this line."), exc=OfficeOnly)
	if doc.workflow_state != "Submitted":
		frappe.throw(
			_("Settlement lines can be checked only while a report is submitted. This one is in the state {0}.").format(
				_(doc.workflow_state)
			),
			exc=NotSubmitted,
		)
	row = next((row for row in doc.settlement if row.name == line), None)
	if row is None:
		frappe.throw(_("This row no longer exists. Please reload the page."), RowMissing)
	row.refused = reason.strip() or None
	row.recognised_at_most = expenses.check_part(row.actual, at_most) if row.refused else 0
	row.accepted = int(not row.refused or row.recognised_at_most > 0)
	with by_service(doc):
		doc.save()
	return next(row.recognised for row in doc.settlement if row.name == line)
