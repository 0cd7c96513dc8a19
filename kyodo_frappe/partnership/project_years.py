"""The years of a project with an amount for each: promised, confirmed or ended; the year of a payment and of a report.

A project of one year has no rows and is left alone. Source: domain.md §7 "Terms" (the next year is confirmed, not
decided again). Confirming: `evaluation/next_year.py`.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, nowdate

from kyodo_frappe.partnership.errors import YearNotConfirmed
from kyodo_frappe.programme import years
from kyodo_frappe.programme.errors import YearlyAmountsDiffer, YearOutsideTerm
from kyodo_frappe.rules.era import era_year, fiscal_year
from kyodo_frappe.workflows.states import DECIDED, states

REPORT = "Kyodo Report"
SHOWN = ("fiscal_year", "granted", "year_state", "reason")
PROMISED, CONFIRMED, ENDED = "Promised", "Year Confirmed", "Year Ended"


# -- rows ------------------------------------------------------------------------------------------


def rows_from(decision: Document) -> list[dict]:
	"""The rows of the project that begins with a decision: the first year is confirmed, the others are promised."""
	found = []
	for number, row in enumerate(decision.get(years.ROWS)):
		promised = CONFIRMED if number == 0 else PROMISED if flt(row.granted) else ""
		found += years.copied([row], promised=row.granted, year_state=promised)
	return found


def note_in_proposal(proposal: Document, decision: Document):
	"""Write what each year is granted into the rows of the proposal."""
	granted = years.granted(decision)
	for row in proposal.get(years.ROWS):
		frappe.db.set_value(row.doctype, row.name, "granted", granted.get(row.fiscal_year, 0), update_modified=False)


def row_of(project: Document, year: int) -> Document:
	"""The row of a fiscal year. Raises YearOutsideTerm."""
	row = next((row for row in project.get(years.ROWS) if row.fiscal_year == year), None)
	if row is None:
		frappe.throw(_("{0} is not a year of the term of “{1}”.").format(year, project.project_name), exc=YearOutsideTerm)
	return row


def number_of(project: Document, year: int) -> int:
	"""The number of a fiscal year in the term, 1 for the first."""
	return year - min(row.fiscal_year for row in project.get(years.ROWS)) + 1


def confirmed(project: Document) -> dict[int, int]:
	"""{fiscal year: yen granted} of the years for which money may be asked for and paid."""
	return {row.fiscal_year: round(flt(row.granted)) for row in project.get(years.ROWS) if row.year_state == CONFIRMED}


def next_promised(project: Document) -> Document | None:
	"""The row of the next year that waits for its confirmation."""
	return next((row for row in project.get(years.ROWS) if row.year_state == PROMISED), None)


def is_open(project: Document, year: int) -> bool:
	"""Whether the amount of a year may still change: it is neither ended nor settled."""
	return row_of(project, year).year_state in (PROMISED, CONFIRMED) and year not in settled(project)


def year_for(project: Document, day=None) -> int | None:
	"""The fiscal year of the term in which a day falls, today without one; the nearest of the term outside of it; None without rows."""
	term = [row.fiscal_year for row in project.get(years.ROWS)]
	return min(max(fiscal_year(getdate(day or nowdate())), term[0]), term[-1]) if term else None


def check_confirmed(project: Document, year: int):
	"""Raise YearOutsideTerm, or YearNotConfirmed for a year in which nothing may be requested or paid yet."""
	row = row_of(project, year)
	if row.year_state == CONFIRMED:
		return
	text = _("{0} has been ended: {1}") if row.year_state == ENDED else _("{0} has not been confirmed yet; the office confirms it first.")
	frappe.throw(text.format(era_year(year), row.reason or ""), exc=YearNotConfirmed)


def check(project: Document):
	"""Let the granted amount be the sum of the years. Raises YearlyAmountsDiffer for another one."""
	if not project.get(years.ROWS):
		return
	_check_lines(project)
	whole = sum(years.granted(project).values())
	before = project.get_doc_before_save()
	if not project.flags.kyodo_service and before and flt(project.granted_amount) not in (whole, flt(before.granted_amount)):
		frappe.throw(
			_("The amounts per year add up to {0} yen, not to {1} yen. Please change them year by year, with a change of the plan.").format(
				f"{whole:,}", f"{flt(project.granted_amount):,.0f}"
			),
			exc=YearlyAmountsDiffer,
		)
	project.granted_amount = whole


def shown(project: Document) -> list[dict]:
	"""[{fiscal_year, granted, year_state, reason}] for pages of those who take part; [] for a project of one year."""
	return [frappe._dict({field: row.get(field) for field in SHOWN}) for row in project.get(years.ROWS)]


def _check_lines(project: Document):
	"""Raise YearOutsideTerm for a line of the budget in a year that the term does not have."""
	term = len(project.get(years.ROWS))
	for row in (*project.expenses, *project.income):
		if (row.year_number or 1) > term:
			text = _("“{0}”: year {1} is outside of the term of {2} years. Please correct the year.")
			frappe.throw(text.format(row.description or row.category, row.year_number, term), exc=YearOutsideTerm)


# -- reports ---------------------------------------------------------------------------------------


def settled(project: Document) -> dict[int, int]:
	"""{fiscal year: yen settled} of the years that accepted reports have settled.

	Where a final report settles several, earlier ones have what was paid for them, and its last year the rest.
	"""
	filters = {"project": project.name, "workflow_state": ["in", states(REPORT, DECIDED)], "report_kind": ["in", ("Final", "Annual")]}
	found: dict[int, int] = {}
	fields = ["name", "project", "report_kind", "fiscal_year", "settled_amount"]
	for row in frappe.get_all(REPORT, filters, fields, order_by="fiscal_year asc, creation asc"):
		left = round(flt(row.settled_amount))
		*earlier, last = covered_by(project, row)
		for year in earlier:
			found[year] = min(left, _paid(project, year))
			left -= found[year]
		found[last] = left
	return found


def _paid(project: Document, year: int) -> int:
	paid = (row for row in project.payments if row.paid_on and row.fiscal_year == year)
	return max(0, round(sum(-flt(row.amount) if row.kind == "Refund" else flt(row.amount) for row in paid)))


def covered_by(project: Document, report: Document | dict) -> list[int]:
	"""The fiscal years of the term that a report settles, in order: its own, or of the final one what no annual report does."""
	term = [row.fiscal_year for row in project.get(years.ROWS)]
	if report.report_kind != "Final":
		return [min(max(report.fiscal_year, term[0]), term[-1])]
	others = {"project": project.name, "report_kind": "Annual", "name": ["!=", report.name or ""]}
	reported = frappe.get_all(REPORT, others, pluck="fiscal_year", order_by="fiscal_year asc")
	last = min(max(report.fiscal_year, term[0]), term[-1])
	begun = [year for year in confirmed(project) if year <= last and year not in reported]
	return begun or [last]
