"""Papers of projects: agreement, settlement (収支精算書), request for payment."""

import frappe
from frappe.model.document import Document
from frappe.utils import flt

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE, _lt
from kyodo_frappe.common.printing import day, lines, word, yen
from kyodo_frappe.partnership import agreement_paper, payment_paper
from kyodo_frappe.permissions import attachments
from kyodo_frappe.permissions.roles import MANAGER, OFFICER
from kyodo_frappe.proposals import paper_forms
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.web.papers import Paper


def settlement(report: Document) -> dict:
	"""Return {subject, facts, income, expenses, totals, refused, note} of a report's settlement.

	facts, totals: [(field, text)]; income, expenses: {rows, sums}; refused: [(line, reasons)] of what is not recognised.
	"""
	amounts = ("granted_amount", "settled_amount", "unused_amount", "paid_amount", "payable_amount", "refund_amount")
	return {
		"subject": report.project_name,
		"draft": paper_forms.draft_mark(report),
		"organisation": paper_forms.name_of(report.organisation),
		"section": report.section or "",
		"year": era_year(report.fiscal_year) if report.fiscal_year else "",
		"completed": day(report.completed_on),
		"submitted": day(report.submitted_on),
		"income": _income(report),
		"expenses": _expenses(report),
		"totals": {field: yen(report.get(field)) for field in amounts},
		"refund": bool(flt(report.refund_amount)),
		"refused": [_refused(row) for row in report.settlement if row.refused or row.finding],
		"note": lines(report.settlement_note),
	}


def _income(report: Document) -> dict:
	rows = [
		(
			word(row.category, vocabulary.INCOME),
			row.description or "",
			yen(row.budget),
			yen(row.actual),
			yen(flt(row.actual) - flt(row.budget)),
		)
		for row in report.income
	]
	budget, actual = (sum(flt(row.get(field)) for row in report.income) for field in ("budget", "actual"))
	return {"rows": rows, "sums": ["", yen(budget), yen(actual), yen(actual - budget)]}


def _expenses(report: Document) -> dict:
	rows = [
		(_category(row.category), row.description or "", yen(row.budget), yen(row.actual), yen(row.recognised)) for row in report.settlement
	]
	budget = sum(flt(row.budget) for row in report.settlement)
	return {"rows": rows, "sums": ["", yen(budget), yen(report.total_cost), yen(report.eligible_cost)]}


def _category(value: str | None) -> str:
	return vocabulary.word(vocabulary.COST, value, RECORD_LANGUAGE) if frappe.db.exists(vocabulary.COST, value or "") else word(value)


def _refused(row: Document) -> tuple[str, list[str]]:
	return row.description or _category(row.category), [*lines(row.refused), *lines(row.finding)]


def _has_lines(report: Document) -> bool:
	return bool(report.settlement or report.income)


def _for_office(doc: Document) -> bool:
	return bool({OFFICER, MANAGER} & set(frappe.get_roles()))


PAPERS = (
	Paper(
		"agreement",
		"Kyodo Agreement",
		paper_forms.TITLES.source("Agreement"),
		pdf=lambda doc: attachments.stored_pdf(doc) or agreement_paper.pdf_of(doc),
		code="Agreement",
		print_format="Kyodo Agreement Text",
	),
	Paper(
		"settlement",
		"Kyodo Report",
		_lt("Settlement of a Project"),
		settlement,
		"settlement",
		code="Settlement of a Project",
		print_format="Kyodo Settlement Paper",
		exists=_has_lines,
	),
	Paper(
		"payment-request",
		"Kyodo Payment Request",
		_lt("Request for Payment"),
		pdf=lambda doc: payment_paper.pdf_of(doc, frappe.get_doc("Kyodo Project", doc.project)),
		exists=_for_office,
	),
)
