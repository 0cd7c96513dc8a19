"""Expenses with their vouchers: what is wrong with them, what is recognised of them, and the office's check.

A finding never prevents recording an expense (`rules/receipts.py`); it shows in the settlement (`report_figures.py`).
"""

from collections import defaultdict
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, now_datetime

from kyodo_frappe.common import typed_input, vocabulary
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.language import RECORD_LANGUAGE, translate_rule_errors
from kyodo_frappe.common.printing import yen
from kyodo_frappe.common.queries import among
from kyodo_frappe.partnership import parties
from kyodo_frappe.partnership.errors import (
	ExpenseSettled,
	InvalidExpense,
	NotRecognisable,
	OfficeOnly,
)
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import payable
from kyodo_frappe.programme.versions import Rules, rules_of
from kyodo_frappe.proposals import early_start
from kyodo_frappe.rules import receipts
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.rules.textkeys import search_key
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import DECIDED, states

EXPENSE = "Kyodo Expense"
VOUCHER_FIELDS = [
	*("name", "side", "fiscal_year", "paid_on", "amount", "quantity", "budget_line", "category", "description", "payee"),
	*("addressee", "receipt", "finding", "refused", "recognised_at_most", "checked_on", "organisation"),
]


@dataclass(frozen=True)
class Voucher:
	"""A recorded expense. `row`: its stored fields; `recognised`: yen; `reasons`: why it is not recognised in full."""

	row: dict
	recognised: int
	reasons: tuple[str, ...]


# -- settled expenses -----------------------------------------------------------------------------


def check_not_settled(expense: Document):
	"""Raise ExpenseSettled if an accepted report covers the expense, before or after the change."""
	before = expense.get_doc_before_save()
	years = {expense.fiscal_year, before.fiscal_year if before else expense.fiscal_year}
	for year in sorted(years):
		if report := settling_report(expense.project, year):
			frappe.throw(
				_("The report {0} has been accepted, so the expenses it covers can no longer be changed.").format(report),
				exc=ExpenseSettled,
			)


def settling_report(project: str, year: int) -> str | None:
	"""The accepted report that covers the expenses of a fiscal year, or None."""
	for report in frappe.get_all(
		"Kyodo Report",
		{"project": project, "workflow_state": ["in", states("Kyodo Report", DECIDED)], "report_kind": ["in", ("Final", "Annual")]},
		["name", "report_kind", "fiscal_year"],
		order_by="fiscal_year asc",
	):
		if report.report_kind == "Final" or report.fiscal_year == year:
			return report.name
	return None


# -- findings ------------------------------------------------------------------------------


def voucher_terms(project: Document) -> dict[str, receipts.Terms]:
	"""{side: terms that its vouchers have to meet}."""
	programme = rules_of(project)
	names = frappe.get_all(
		"Kyodo Organisation",
		{"name": among(parties.organisations_in(project))},
		pluck="organisation_name",
		order_by="name",
	)
	common = {
		**_period(project, programme),
		"not_eligible": frozenset(category for category, cap in payable.caps_of(programme).items() if cap.not_eligible),
		"voucher_required": bool(programme.voucher_required),
		"voucher_above": round(flt(programme.voucher_above)),
	}
	city = [programme.municipality_name, project.section]
	return {
		parties.CITY: receipts.Terms(addressees=tuple(filter(None, city)), **common),
		parties.ORGANISATION: receipts.Terms(addressees=tuple(names), **common),
	}


def _period(project: Document, rules: Document | Rules) -> dict:
	"""The days on which a voucher may be paid, as in `receipts.Terms`; an approved early start opens the days before the term."""
	last = project.to_date or project.completed_on
	early = early_start.approved_day(project.proposal)
	first = project.from_date and min(filter(None, (getdate(project.from_date), early)))
	decided = early or (project.decided_on and getdate(project.decided_on))
	return {
		"first": first or None,
		"last": getdate(last) if last else None,
		"counts_from": decided or None if rules.counts_from_decision else None,
	}


def findings_of(expense: Document, project: Document) -> list[receipts.Finding]:
	"""What is wrong with the voucher of one expense."""
	return _findings_of_row(expense, voucher_terms(project)[expense.side], _earlier_duplicates(expense))


def _findings_of_row(row: dict, terms: receipts.Terms, duplicates: list[str]) -> list[receipts.Finding]:
	with translate_rule_errors():
		return receipts.findings(
			receipts.Receipt(
				amount=flt(row.amount),
				paid_on=getdate(row.paid_on) if row.paid_on else None,
				category=row.category,
				description=row.description,
				payee=row.payee,
				addressee=row.addressee,
				has_voucher=bool(row.receipt),
			),
			terms,
			duplicates,
		)


def describe(finding: receipts.Finding) -> str:
	"""A finding as a sentence in the language of the records."""
	values = list(finding.values)
	if finding.code in (receipts.OUTSIDE, receipts.BEFORE_DECISION):
		values = [era_date(day) if day else "" for day in values]
	elif finding.code == receipts.NOT_ELIGIBLE:
		values = [vocabulary.word(vocabulary.COST, value, RECORD_LANGUAGE) for value in values]
	return _(receipts.SENTENCES[finding.code], lang=RECORD_LANGUAGE).format(*values)


def _earlier_duplicates(expense: Document) -> list[str]:
	"""The first earlier expense of the same organisation, in any of its projects, with the same day, amount and payee."""
	filters = {"paid_on": expense.paid_on, "amount": expense.amount, "side": expense.side, "name": ["!=", expense.name or ""]}
	filters["organisation"] = frappe.db.get_value("Kyodo Project", expense.project, "organisation")
	if not expense.is_new():
		filters["creation"] = ["<", expense.creation]
	rows = frappe.get_all(EXPENSE, filters, ["name", "payee"], order_by="creation asc", limit=20)
	return [row.name for row in rows if search_key(row.payee) == search_key(expense.payee)][:1]


def refresh_findings(project: str):
	"""Recompute the findings of a project's expenses after its term or another expense has changed."""
	doc = frappe.get_doc("Kyodo Project", project)
	for voucher in _with_findings(doc, _expense_rows(project)):
		text = "\n".join(describe(finding) for finding in voucher[1]) or None
		if text != (voucher[0].finding or None):
			frappe.db.set_value(EXPENSE, voucher[0].name, "finding", text, update_modified=False)


def _with_findings(project: Document, rows: list[dict]) -> list[tuple[dict, list[receipts.Finding]]]:
	terms, duplicates = voucher_terms(project), _all_duplicates(project)
	return [(row, _findings_of_row(row, terms[row.side], duplicates.get(row.name, []))) for row in rows]


def _expense_rows(project: str) -> list[dict]:
	return frappe.get_all(EXPENSE, {"project": project}, VOUCHER_FIELDS, order_by="paid_on asc, creation asc")


def _all_duplicates(project: Document) -> dict[str, list[str]]:
	"""{expense: [the first one with the same day, amount and payee]}, over all projects of the organisation."""
	rows = frappe.get_all(
		EXPENSE,
		{"organisation": project.organisation},
		["name", "side", "paid_on", "amount", "payee"],
		order_by="creation asc",
	)
	alike = defaultdict(list)
	for row in rows:
		alike[row.side, row.paid_on, row.amount, search_key(row.payee)].append(row.name)
	return {name: names[:1] for names in alike.values() for name in names[1:]}


# -- recognition --------------------------------------------------------------------


def vouchers(project: Document, years: set[int] | None = None) -> list[Voucher]:
	"""The expenses of a project, in the given fiscal years or all, with the amount recognised of each.

	A finding prevents recognition until the office accepts the expense. Expenses outside the term, before the day of the decision, or
	of a category that is not eligible, cannot be accepted. What the city paid itself counts as cost, but is not settled with the organisation.
	"""
	rows = [row for row in _expense_rows(project.name) if years is None or row.fiscal_year in years]
	return [_assess(row, findings) for row, findings in _with_findings(project, rows)]


def _assess(row: dict, findings: list[receipts.Finding]) -> Voucher:
	recognised = recognised_of(row.amount, row.refused, row.recognised_at_most)
	reasons = [row.refused] if row.refused else []
	if row.side == parties.CITY:
		reasons.append(_("Paid by the city itself.", lang=RECORD_LANGUAGE))
	barring = [describe(finding) for finding in receipts.barring(findings, bool(row.checked_on and recognised))]
	reasons += barring
	if row.side == parties.CITY or barring:
		recognised = 0
	return Voucher(row, recognised, tuple(reasons))


def recognised_of(amount: float, refused: str | None, at_most: float | None) -> int:
	"""Yen recognised of an amount after the check of the office: all of it, or with a reason as much as it set."""
	return min(round(flt(amount)), round(flt(at_most))) if refused else round(flt(amount))


def budget_lines(project: Document) -> list[dict]:
	"""[{name, category, description, planned, spent, left}] in yen for each line of the plan; unplanned expenses come last."""
	spent = defaultdict(float)
	for row in frappe.get_all(EXPENSE, {"project": project.name}, ["budget_line", "amount"], order_by="creation asc"):
		spent[row.budget_line or ""] += flt(row.amount)
	lines = [
		frappe._dict(
			name=row.name,
			category=row.category,
			description=row.description or "",
			planned=flt(row.amount),
			spent=spent.pop(row.name, 0),
		)
		for row in project.expenses
	]
	if unplanned := sum(spent.values()):
		lines.append(frappe._dict(name="", category="", description="", planned=0, spent=unplanned))
	for line in lines:
		line.left = line.planned - line.spent
	return lines


# -- the office's check ----------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def refuse(expense: str, reason: str, at_most: int | float | str = 0) -> str | None:
	"""Refuse an expense with a reason, or recognise `at_most` yen of it, and notify the side that recorded it; office only.
	Returns the reason.

	Raises PermissionError, OfficeOnly, ExpenseSettled, InvalidExpense for more than was paid, ValidationError without a reason.
	"""
	doc = _expense_to_check(expense)
	if not reason.strip():
		frappe.throw(_("Please say why the voucher is not recognised and what can be done about it."), InputMissing)
	most = check_part(doc.amount, at_most)
	if most:
		_check_recognisable(doc)
	_store_check(doc, reason.strip(), most)
	parties.notify("Voucher Refused", doc, doc.side)
	return doc.refused


@frappe.whitelist(methods=["POST"])
def accept(expense: str) -> None:
	"""Recognise an expense, including one that was refused; office only. Raises NotRecognisable, otherwise as `refuse`."""
	doc = _expense_to_check(expense)
	_check_recognisable(doc)
	_store_check(doc, None)


def check_part(amount: float, at_most: int | float | str) -> int:
	"""Return how much is recognised of an amount in yen. Raises InvalidExpense for a fraction, less than 0 or more than the amount."""
	field = frappe._dict(fieldtype="Currency")
	most = typed_input.read(field, at_most, _("Of Which Recognised")) if isinstance(at_most, str) else at_most
	if flt(most) != round(flt(most)) or not 0 <= flt(most) <= flt(amount):
		frappe.throw(
			_("Please enter how much is recognised: whole yen, at most the {0} that were paid.").format(yen(amount)), exc=InvalidExpense
		)
	return round(flt(most))


def _check_recognisable(doc: Document):
	project = frappe.get_doc("Kyodo Project", doc.project)
	never = [describe(finding) for finding in findings_of(doc, project) if finding.code in receipts.NEVER_RECOGNISED]
	if never:
		frappe.throw(_("This expense cannot be recognised: {0}").format(" ".join(never)), exc=NotRecognisable)


def _expense_to_check(expense: str) -> Document:
	require(OFFICER)
	doc = frappe.get_doc(EXPENSE, expense, for_update=True)
	doc.check_permission("read")
	if parties.side_or_office(frappe.get_doc("Kyodo Project", doc.project)) != parties.OFFICE:
		frappe.throw(_("You belong to one of the two sides, so a colleague has to check this voucher."), exc=OfficeOnly)
	check_not_settled(doc)
	return doc


def _store_check(doc: Document, reason: str | None, at_most: int = 0):
	doc.refused, doc.recognised_at_most = reason, at_most
	doc.checked_by, doc.checked_on = frappe.session.user, now_datetime()
	doc.flags.ignore_permissions = True  # the office has no write permission; only its check is stored here
	with by_service(doc):
		doc.save()
